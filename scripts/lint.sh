#!/usr/bin/env bash
# Style and static checks of everything that git tracks.
#
#   scripts/lint.sh                 clang-format, shell syntax, shellcheck where it is installed, clang-tidy
#   scripts/lint.sh --format-only   all but clang-tidy: seconds instead of minutes
#   scripts/lint.sh --fix           lets clang-format and clang-tidy mend what they can
set -Eeuo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib/console.sh
. scripts/lib/console.sh
# shellcheck source=scripts/lib/packages.sh
. scripts/lib/packages.sh

# The formatting of record is that of Debian 12's clang-format: other versions lay a few constructs out differently.
reference_format_version=14

fix=0
format_only=0
for argument in "$@"; do
  case $argument in
    --fix) fix=1 ;;
    --format-only) format_only=1 ;;
    *)
      say 'usage: scripts/lint.sh [--fix] [--format-only]' >&2
      exit 2
      ;;
  esac
done

# tracked PATTERN...: files of the work tree under version control (new ones too), without those deleted in it.
tracked() {
  local file
  git ls-files -z --cached --others --exclude-standard -- "$@" | sort -zu | while IFS= read -r -d '' file; do
    [[ ! -f "$file" ]] || printf '%s\0' "$file"
  done
}

check_format() {
  local -a files
  mapfile -d '' files < <(tracked '*.cpp' '*.hpp')
  ((${#files[@]} > 0)) || die 'no C++ source is tracked by git here.'
  if ((fix)); then
    clang-format -i "${files[@]}"
    return
  fi
  local version status=0
  version=$(clang-format --version | sed -nE 's/.*version ([0-9]+).*/\1/p')
  clang-format --dry-run -Werror "${files[@]}" || status=$?
  if ((status == 0)); then
    say "${#files[@]} files are formatted"
  elif [[ "$version" == "$reference_format_version" ]]; then
    die 'some files are not formatted as .clang-format asks.' 'scripts/lint.sh --fix formats them.'
  else
    say "note: clang-format $version differs from version $reference_format_version, which decides; not counted as a failure."
  fi
}

check_shell() {
  local -a files
  local file
  mapfile -d '' files < <(tracked '*.sh' '.ci/run')
  for file in "${files[@]}"; do
    bash -n "$file"
  done
  say "${#files[@]} shell scripts parse"
  if command -v shellcheck >/dev/null; then
    shellcheck --external-sources "${files[@]}"
    say 'shellcheck finds nothing'
  else
    say 'note: shellcheck is not installed, so it did not look'
  fi
}

check_tidy() {
  run_quietly build/lint-configure.log cmake --preset dev
  local -a options=(-quiet -p build/dev -j "$(nproc)") files
  ((!fix)) || options+=(-fix)
  mapfile -d '' files < <(tracked 'src/*.cpp' 'apps/*.cpp')
  run-clang-tidy "${options[@]}" "${files[@]/#/$PWD/}"
}

install_packages "${build_packages[@]}" "${test_packages[@]}"
mkdir -p build
step 'Formatting' check_format
step 'Shell scripts' check_shell
if ((!format_only)); then
  step 'clang-tidy' check_tidy
fi
