#!/usr/bin/env bash
# Every test, from a clone: installs what is missing, builds, and ends with ctest's own summary.
#
#   scripts/test.sh         everything: style, sanitizers, 64-bit Arm, a short run of every fuzzer, and all tests
#   scripts/test.sh quick   style, the development build, and its tests
#
# UNDERTONE_FUZZ_SECONDS      how long each fuzzer runs (10)
# UNDERTONE_TEST_STEPS        which of the steps to run, a list of: format dev asan tsan arm64 fuzz test (all)
# UNDERTONE_SKIP_PACKAGES=1   leaves the installed packages alone
set -Eeuo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
# shellcheck source=scripts/lib/console.sh
. scripts/lib/console.sh
# shellcheck source=scripts/lib/packages.sh
. scripts/lib/packages.sh
# shellcheck source=scripts/lib/arm64.sh
. scripts/lib/arm64.sh

case ${1:-all} in
  all) steps='format dev asan tsan arm64 fuzz test' ;;
  quick) steps='format dev test' ;;
  *)
    say 'usage: scripts/test.sh [quick]' >&2
    exit 2
    ;;
esac
steps=${UNDERTONE_TEST_STEPS:-$steps}
for name in $steps; do
  [[ " format dev asan tsan arm64 fuzz test " == *" $name "* ]] || die "UNDERTONE_TEST_STEPS: there is no step '$name'."
done
fuzz_seconds=${UNDERTONE_FUZZ_SECONDS:-10}
[[ "$fuzz_seconds" =~ ^[1-9][0-9]*$ ]] || die "UNDERTONE_FUZZ_SECONDS: '$fuzz_seconds' is not a number of seconds."
jobs=$(nproc)

wanted() { [[ " $steps " == *" $1 "* ]]; }

# declared FUNCTION PATTERN FILE...: the first argument of each call of a CMake FUNCTION whose text matches PATTERN.
declared() {
  local function=$1 pattern=$2
  shift 2
  sed 's/#.*//' "$@" | awk -v function_name="$function" -v pattern="$pattern" '
    BEGIN { RS = ")" }
    { at = index($0, function_name "(") }
    at && $0 ~ pattern { split(substr($0, at + length(function_name) + 1), words); print words[1] }'
}

configure() {
  mkdir -p build
  run_quietly "build/configure-$1.log" cmake --preset "$1"
}

install_needed() {
  local -a more=()
  if wanted arm64; then more=("${arm64_packages[@]}"); fi
  install_packages "${build_packages[@]}" "${test_packages[@]}" "${training_packages[@]}" "${browser_packages[@]}" "${more[@]}"
  require_version cmake 3.25
  require_version node 18.0
  require_version python3 3.9
}

build_dev() {
  configure dev
  cmake --build build/dev -j "$jobs"
}

# The whole suite, but for the tests that run no code of ours in this process and so gain nothing from it.
test_with_asan() {
  configure asan
  cmake --build build/asan -j "$jobs"
  ctest --preset asan -j "$jobs" --no-tests=error --label-exclude '^(architecture|browser|install|scripts)$'
}

# Only what runs on several threads at once: the tests of these modules, and all that carry the label `threads`.
test_with_tsan() {
  local -a listfiles programs
  mapfile -t listfiles < <(find tests -name CMakeLists.txt)
  mapfile -t programs < <(
    {
      declared undertone_add_test '(undertone_add_test.[[:space:]]*(common|pipeline)[[:space:]])' "${listfiles[@]}"
      declared undertone_add_test 'LABELS[^)]*threads' "${listfiles[@]}"
    } | sort -u
  )
  ((${#programs[@]} > 0)) || die 'no test of threads was found.'
  # GCC's runtime of Debian 12 cannot start where the kernel randomises addresses more widely than it knows.
  local -a fixed_addresses=()
  if setarch "$(uname -m)" -R true 2>/dev/null; then
    fixed_addresses=(setarch "$(uname -m)" -R)
  fi
  local -a targets=()
  local program names=''
  for program in "${programs[@]}"; do
    targets+=("undertone_${program}_test")
    names+="${names:+|}$program"
  done
  configure tsan
  "${fixed_addresses[@]}" cmake --build build/tsan -j "$jobs" --target "${targets[@]}"
  TSAN_OPTIONS="halt_on_error=1 suppressions=$PWD/tests/tsan.supp ${TSAN_OPTIONS:-}" \
    "${fixed_addresses[@]}" ctest --preset tsan -j "$jobs" --no-tests=error --tests-regex "^($names)\\."
}

# The engine, cross-compiled; the tests of its encoder on an emulated processor.
test_on_arm64() {
  unpack_arm64_libraries build/arm64-packages
  configure arm64
  cmake --build build/arm64 -j "$jobs"
  # Of every hidden state and of files; products of all shapes take an emulator minutes.
  ctest --preset arm64 -j "$jobs" --no-tests=error --tests-regex '(EncoderGolden|CheckpointWeights|PackedCheckpoint)'
}

run_fuzzers() {
  local -a names
  mapfile -t names < <(declared undertone_add_fuzzer . fuzz/CMakeLists.txt)
  if ((${#names[@]} == 0)); then
    say 'fuzz/CMakeLists.txt declares no fuzzer'
    return
  fi
  configure fuzz
  cmake --build build/fuzz -j "$jobs" --target fuzz/all
  mkdir -p build/fuzz/findings
  local name
  for name in "${names[@]}"; do
    # What a run discovers is kept in the build folder, so that the next run goes on from there.
    mkdir -p "build/fuzz/discovered/$name"
    run_quietly "build/fuzz/$name.log" "build/fuzz/bin/fuzz_$name" \
      -max_total_time="$fuzz_seconds" -timeout=20 -rss_limit_mb=2560 \
      -artifact_prefix="build/fuzz/findings/$name-" "build/fuzz/discovered/$name" "fuzz/corpus/$name"
    say "$name: $(tail -n 1 "build/fuzz/$name.log")"
  done
}

step 'Packages' install_needed
if wanted format; then step 'Style' scripts/lint.sh --format-only; fi
if wanted dev; then step 'Development build' build_dev; fi
if wanted asan; then step 'Tests with AddressSanitizer and UndefinedBehaviorSanitizer' test_with_asan; fi
if wanted tsan; then step 'Tests of threads with ThreadSanitizer' test_with_tsan; fi
if wanted arm64; then step 'The engine on 64-bit Arm, cross-compiled and emulated' test_on_arm64; fi
if wanted fuzz; then step "Fuzzers, $fuzz_seconds s each" run_fuzzers; fi
if wanted test; then
  printf '\n==> All tests of the development build (%d s so far)\n' "$SECONDS"
  exec ctest --preset dev -j "$jobs" --no-tests=error
fi
