#!/usr/bin/env bash
# Tests scripts/lib/packages.sh with an apt, a dpkg and a sudo that only pretend: nothing is installed, and no network is
# needed. Each case runs in a process of its own, as the scripts that source the file do.
#
# The single quotes hold the text of the pretended commands, which expand it when they run.
# shellcheck disable=SC2016
set -uo pipefail

source_root=${1:?usage: packages_test.sh SOURCE_ROOT}
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT
failures=0
cases=0

# pretend NAME <<BODY: a command called NAME, for the cases that follow.
pretend() {
  { printf '#!/bin/bash\n'; cat; } >"$scratch/bin/$1"
  chmod +x "$scratch/bin/$1"
}

# Starts a case: a Debian 12 on which the packages named in $scratch/installed are there, and apt works.
new_case() {
  title=$1
  cases=$((cases + 1))
  rm -rf -- "${scratch:?}"/*
  mkdir "$scratch/bin" "$scratch/empty"
  : >"$scratch/installed"
  : >"$scratch/apt-calls"
  printf 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian of the test"\n' >"$scratch/os-release"
  # dpkg-query --show --showformat=... NAME
  pretend dpkg-query <<<'grep -qx -- "${@: -1}" "$SCRATCH/installed" && printf installed'
  pretend apt-cache <<<'[[ "${@: -1}" != *-unknown ]]'
  pretend apt-get <<'BODY'
printf '%s\n' "$*" >>"$SCRATCH/apt-calls"
cat "$SCRATCH/apt-output" 2>/dev/null
[[ "$*" != *" $(cat "$SCRATCH/apt-fails-at" 2>/dev/null || echo nothing)"* ]]
BODY
  for tool in bash env grep sed sort tail head mktemp rm paste cat; do
    ln -s "$(type -P "$tool")" "$scratch/bin/$tool"
  done
}

# run_case EUID COMMAND: runs COMMAND after sourcing the scripts; its output and status are kept.
run_case() {
  output=$(SCRATCH=$scratch UNDERTONE_OS_RELEASE=$scratch/os-release EUID_FOR_TEST=$1 TMPDIR=$scratch PATH=$scratch/bin \
    bash -c "set -Eeuo pipefail; . '$source_root/scripts/lib/console.sh'; . '$source_root/scripts/lib/packages.sh'; $2" 2>&1)
  status=$?
}

fail() {
  failures=$((failures + 1))
  printf 'FAILED %s: %s\n--- status %s, output:\n%s\n--- apt-get was called with:\n%s\n' "$title" "$1" "$status" "$output" \
    "$(cat "$scratch/apt-calls")"
}
expect_status() { [[ "$status" == "$1" ]] || fail "expected status $1"; }
expect_output() { [[ "$output" == *"$1"* ]] || fail "expected in the output: $1"; }
expect_apt() { grep -q -- "$1" "$scratch/apt-calls" || fail "expected a call of apt-get with: $1"; }
expect_no_apt() { ! grep -q -- "${1:-.}" "$scratch/apt-calls" || fail "expected no call of apt-get with: ${1:-anything}"; }

new_case 'nothing is missing'
printf 'one\ntwo\n' >"$scratch/installed"
run_case 0 'install_packages one two'
expect_status 0
expect_output 'all there'
expect_no_apt

new_case 'only what is missing is installed, after an update'
printf 'one\n' >"$scratch/installed"
run_case 0 'install_packages one two three'
expect_status 0
expect_apt ' update$'
expect_apt 'install -y --no-install-recommends two three$'

new_case 'an alternative that is there is enough'
printf 'second\n' >"$scratch/installed"
run_case 0 "install_packages 'first|second'"
expect_status 0
expect_no_apt

new_case 'of alternatives the first that the archive has is installed'
run_case 0 "install_packages 'first-unknown|second'"
expect_status 0
expect_apt 'install .* second$'
expect_no_apt 'first-unknown'

new_case 'a failed update alone does no harm'
printf 'update' >"$scratch/apt-fails-at"
run_case 0 'install_packages one'
expect_status 0
expect_apt 'install .* one$'

new_case 'no network'
printf 'install' >"$scratch/apt-fails-at"
printf 'Err:1 Temporary failure resolving the mirror\n' >"$scratch/apt-output"
run_case 0 'install_packages one two'
expect_status 1
expect_output 'no network'
expect_output 'one two'

new_case 'the archive lacks a package'
printf 'install' >"$scratch/apt-fails-at"
printf 'E: Unable to locate package two\n' >"$scratch/apt-output"
run_case 0 'install_packages one two'
expect_status 1
expect_output 'does not have: two'

new_case 'the disk is full'
printf 'install' >"$scratch/apt-fails-at"
printf "E: You don't have enough free space in /var/cache/apt/archives/.\n" >"$scratch/apt-output"
run_case 0 'install_packages one'
expect_status 1
expect_output 'the disk is full'

new_case 'a reason that is not known is shown as apt gave it'
printf 'install' >"$scratch/apt-fails-at"
printf 'E: something else\n' >"$scratch/apt-output"
run_case 0 'install_packages one'
expect_status 1
expect_output 'E: something else'
expect_output 'could not install: one'

new_case 'neither root nor sudo'
run_case 1000 'install_packages one'
expect_status 1
expect_output 'nor is there sudo'
expect_output 'apt-get install --no-install-recommends one'
expect_no_apt

new_case 'sudo'
pretend sudo <<<'printf "sudo " >>"$SCRATCH/apt-calls"; exec "$@"'
run_case 1000 'install_packages one'
expect_status 0
expect_apt '^sudo .*install .* one$'

new_case 'a system without apt is told what is needed'
rm "$scratch/bin/apt-get"
printf 'ID=fedora\nPRETTY_NAME="Another system"\n' >"$scratch/os-release"
run_case 0 'install_packages one two'
expect_status 1
expect_output 'Another system'
expect_output 'one two'
expect_output 'UNDERTONE_SKIP_PACKAGES=1'

new_case 'a Debian that is too old'
printf 'ID=debian\nVERSION_ID="11"\nPRETTY_NAME="Debian eleven"\n' >"$scratch/os-release"
run_case 0 'install_packages one'
expect_status 1
expect_output 'Debian 12 or newer; this is Debian eleven'
expect_no_apt

new_case 'Debian testing has no version number'
printf 'ID=debian\nPRETTY_NAME="Debian testing"\n' >"$scratch/os-release"
run_case 0 'install_packages one'
expect_status 0
expect_apt 'install .* one$'

new_case 'packages are left alone on request'
run_case 0 'UNDERTONE_SKIP_PACKAGES=1 install_packages one'
expect_status 0
expect_no_apt

new_case 'a version that is new enough'
pretend tool <<<'echo "tool version 3.25.1 (some build 9)"'
run_case 0 'require_version tool 3.25'
expect_status 0

new_case 'versions compare as numbers'
pretend tool <<<'echo "tool version 3.9.1"'
run_case 0 'require_version tool 3.25'
expect_status 1
expect_output 'tool 3.25 or newer is needed; found 3.9.1'

new_case 'a command that is not there'
run_case 0 'require_version no-such-tool 1.0'
expect_status 1
expect_output 'found none (not in PATH)'

new_case 'a failure inside a step is explained'
run_case 0 'inner() { grep -q needle /dev/null; echo unreachable; }; step "The title" inner'
expect_status 1
expect_output 'error: The title: '
expect_output 'grep -q needle'
[[ "$output" != *unreachable* ]] || fail 'the step went on after a failure'

printf '%d cases, %d failures\n' "$cases" "$failures"
((failures == 0))
