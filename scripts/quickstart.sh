#!/usr/bin/env bash
# From a fresh clone to a first answer: installs what is missing, builds a release, and names the emotion in the given
# recordings, or in a spoken sample where none is given.
#
#   scripts/quickstart.sh [AUDIO...]
set -Eeuo pipefail
cd_back=$PWD
root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/lib/console.sh
. "$root/scripts/lib/console.sh"
# shellcheck source=scripts/lib/packages.sh
. "$root/scripts/lib/packages.sh"

usage() {
  cat <<'TEXT'
usage: scripts/quickstart.sh [AUDIO...]

Installs the Debian packages that are missing, builds Undertone into build/release, and names the emotion in each AUDIO
(any format that FFmpeg decodes). Without AUDIO a sample is synthesised. Can be run again at any time.

UNDERTONE_SKIP_PACKAGES=1 leaves the installed packages alone.
TEXT
}

for argument in "$@"; do
  case $argument in
    -h | --help)
      usage
      exit 0
      ;;
    -*)
      usage >&2
      exit 2
      ;;
  esac
  # Found out now rather than after the build.
  [[ -e "$argument" ]] || die "$argument: there is no such file."
done

scratch=''
cleanup() { [[ -z "$scratch" ]] || rm -rf -- "$scratch"; }
trap cleanup EXIT

program=$root/build/release/bin/undertone

install_needed() {
  install_packages "${build_packages[@]}"
  if ((${#recordings[@]} == 0)); then
    install_packages "${sample_packages[@]}"
  fi
  require_version cmake 3.25
  require_version node 18.0
}

build_release() {
  cd -- "$root"
  mkdir -p build
  run_quietly build/quickstart-configure.log cmake --preset release
  cmake --build build/release --target undertone_cli
  cd -- "$cd_back"
}

speak_sample() {
  scratch=$(mktemp -d)
  espeak-ng -v en-us -s 160 -w "$scratch/sample.wav" \
    "The airplane is almost full, and I would like a new alarm clock."
  recordings=("$scratch/sample.wav")
  say 'No recording was given, so this one is spoken by a synthesiser (espeak-ng).'
  say 'A synthetic voice is not an acted or a felt emotion: the answer shows that everything runs, and nothing else.'
}

predict() {
  local status=0
  "$program" predict "${recordings[@]}" || status=$?
  if ((status != 0)); then
    say "error: undertone predict ended with status $status; its reason stands above." >&2
    exit "$status"
  fi
}

recordings=("$@")
step 'Packages' install_needed
step 'Release build (a few minutes the first time)' build_release
if ((${#recordings[@]} == 0)); then
  step 'A spoken sample' speak_sample
fi
step 'Prediction' predict

shown=$program
[[ "$cd_back" != "$root" ]] || shown=build/release/bin/undertone
cat <<TEXT

Undertone is built. From here on:
  $shown predict RECORDING...          your own recordings
  $shown predict --json RECORDING...   the same, for a program to read
  $shown --help                        everything else
A page to speak to:
  $shown serve                         then open http://127.0.0.1:8080
README.md says what the answers mean and what they do not.
TEXT
