# Sourced by the scripts beside it, after console.sh: which Debian packages Undertone needs, and their installation.
#
# Debian 12 (bookworm) and newer; the names are the same there. `a|b` means that either will do, and that the first one
# the archive offers is installed where neither is there.
# shellcheck shell=bash

# To build and run the program and the library.
# shellcheck disable=SC2034
build_packages=(
  git g++ cmake ninja-build pkg-config ccache
  libavformat-dev libavcodec-dev libavutil-dev libswresample-dev
  libdnnl-dev libeigen3-dev libopenblas-dev libzip-dev libssl-dev libcurl4-openssl-dev
  nlohmann-json3-dev libcli11-dev libspdlog-dev libfmt-dev prometheus-cpp-dev
  'libboost1.81-dev|libboost-dev'
)
# The page of the server is built with Node.js and npm: those that PATH finds, whoever installed them, or else Debian's.
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
  build_packages+=(nodejs npm)
fi

# To test it, on top of those.
# shellcheck disable=SC2034
test_packages=(
  libgtest-dev libgmock-dev libsvm-dev ffmpeg python3 openssl nginx-light
  clang 'libclang-rt-dev|libclang-rt-14-dev' clang-format clang-tidy
)

# To train the embedded encoder, for the tests of training/; without them those tests are skipped.
# shellcheck disable=SC2034
training_packages=(python3-numpy python3-soundfile python3-torch)

# To look at reports and at the server's page as a reader does; without it those tests are skipped.
# shellcheck disable=SC2034
browser_packages=(chromium)

# To speak a sample where no recording is at hand.
# shellcheck disable=SC2034
sample_packages=(espeak-ng)

package_installed() {
  [[ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" == installed ]]
}

# Prints those of the arguments that are not installed; of alternatives, the first that the archive knows.
missing_packages() {
  local entry alternative choice
  local -a alternatives
  for entry in "$@"; do
    IFS='|' read -r -a alternatives <<<"$entry"
    choice=''
    for alternative in "${alternatives[@]}"; do
      if package_installed "$alternative"; then
        continue 2
      fi
      if [[ -z "$choice" ]] && apt-cache show "$alternative" >/dev/null 2>&1; then
        choice=$alternative
      fi
    done
    printf '%s\n' "${choice:-${alternatives[0]}}"
  done
}

# Dies unless this is a Debian that has the packages by these names.
require_debian() {
  local os_release=${UNDERTONE_OS_RELEASE:-/etc/os-release}
  local id='' version='' name='this system'
  if [[ -r "$os_release" ]]; then
    # shellcheck disable=SC1090
    id=$(. "$os_release" && printf '%s' "${ID:-}")
    # shellcheck disable=SC1090
    version=$(. "$os_release" && printf '%s' "${VERSION_ID:-}")
    # shellcheck disable=SC1090
    name=$(. "$os_release" && printf '%s' "${PRETTY_NAME:-${ID:-this system}}")
  fi
  local -a advice=(
    "Install what these packages hold by your own means:"
    "  $*"
    "then run this again with UNDERTONE_SKIP_PACKAGES=1."
  )
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    die "packages can be installed only with apt, which $name does not have." "${advice[@]}"
  fi
  if [[ "$id" == debian && "${version%%.*}" =~ ^[0-9]+$ ]] && ((${version%%.*} < 12)); then
    die "Undertone needs Debian 12 or newer; this is $name." "${advice[@]}"
  fi
  if [[ "$id" != debian ]]; then
    say "note: made for Debian 12 and newer; on $name the same package names are tried."
  fi
}

# Says why apt failed, from what it printed.
explain_apt_failure() {
  local log=$1
  shift
  local -a reason=("apt-get could not install: $*")
  if grep -Eq 'Temporary failure resolving|Could not resolve|Could not connect|Network is unreachable|Connection (timed out|refused)|No route to host' "$log"; then
    reason=("no network: the package archive cannot be reached, and these are not installed: $*"
      "Connect this machine to a network (or to a Debian mirror) and run this again.")
  elif grep -q 'Unable to locate package\|has no installation candidate' "$log"; then
    reason=("the package archive of this system does not have: $(sed -nE "s/.*Unable to locate package ([^ ]+).*/\1/p; s/.*Package '([^']+)' has no installation candidate.*/\1/p" "$log" | sort -u | paste -sd ' ')"
      "Check that the apt sources name Debian 12 (bookworm) or newer.")
  elif grep -q 'Could not get lock\|Unable to acquire the dpkg frontend lock' "$log"; then
    reason=("another package manager is running: try again once it has finished.")
  elif grep -q 'No space left on device\|enough free space' "$log"; then
    reason=("the disk is full: apt-get could not install: $*")
  fi
  printf '    what apt-get said (all of it in %s):\n' "$log" >&2
  tail -n 15 "$log" >&2
  die "${reason[@]}"
}

# install_packages NAME...: installs those that are missing. Asks nothing, and leaves apt alone where nothing is missing.
install_packages() {
  if [[ "${UNDERTONE_SKIP_PACKAGES:-}" == 1 ]]; then
    say 'packages: not looked at (UNDERTONE_SKIP_PACKAGES=1)'
    return
  fi
  require_debian "$@"
  local -a missing
  mapfile -t missing < <(missing_packages "$@")
  if ((${#missing[@]} == 0)); then
    say 'packages: all there'
    return
  fi
  local -a as_root=()
  if ((${EUID_FOR_TEST:-$EUID} != 0)); then
    command -v sudo >/dev/null ||
      die "packages are missing, and neither is this root nor is there sudo to install them." \
        "As root: apt-get update && apt-get install --no-install-recommends ${missing[*]}"
    as_root=(sudo)
  fi
  local log
  log=$(mktemp --suffix=-undertone-apt.log)
  say "packages: installing ${missing[*]}"
  local -a apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300)
  # A failed update need not matter: one broken source, or the lists of yesterday, may still do. The installation decides.
  "${apt[@]}" update >"$log" 2>&1 </dev/null || true
  # The lists may be new: of alternatives, choose again.
  mapfile -t missing < <(missing_packages "$@")
  "${apt[@]}" install -y --no-install-recommends "${missing[@]}" >>"$log" 2>&1 </dev/null ||
    explain_apt_failure "$log" "${missing[@]}"
  rm -f "$log"
}

# require_version COMMAND MINIMUM: dies if the COMMAND that PATH finds is older. A version manager's may hide Debian's,
# so where only the one in /usr/bin is new enough, that one comes first from here on.
require_version() {
  local command=$1 minimum=$2 found
  local pattern='[0-9]+(\.[0-9]+)+'
  found=$("$command" --version 2>/dev/null | grep -Eom1 "$pattern" | head -n 1 || true)
  if version_at_least "${found:-0}" "$minimum"; then
    return
  fi
  if [[ -x "/usr/bin/$command" ]] &&
    version_at_least "$("/usr/bin/$command" --version | grep -Eom1 "$pattern" | head -n 1)" "$minimum"; then
    say "note: $(command -v "$command" || printf '%s' "$command") is ${found:-not usable}; /usr/bin/$command is used instead."
    PATH="/usr/bin:$PATH"
    return
  fi
  die "$command $minimum or newer is needed; found ${found:-none} ($(command -v "$command" || printf 'not in PATH'))."
}

version_at_least() {
  [[ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" == "$2" ]]
}
