# Sourced by the scripts beside it: plain announcements, timed steps, and a reason for every failure.
# Expects `set -Eeuo pipefail` (-E, so that a failure inside a function reaches the trap).
# shellcheck shell=bash

say() { printf '%s\n' "$*"; }

# die MESSAGE...: each argument is a line; the first says what went wrong, the others what to do.
die() {
  trap - ERR
  local line prefix='error: '
  for line in "$@"; do
    printf '%s%s\n' "$prefix" "$line" >&2
    prefix='       '
  done
  exit 1
}

current_step=''

# step TITLE COMMAND...: announces the command, runs it, and says how long it took.
step() {
  current_step=$1
  shift
  local begin=$SECONDS
  printf '\n==> %s\n' "$current_step"
  # Not in a condition: errexit must stay on inside COMMAND where it is a function.
  "$@"
  printf '    %s: done in %d s\n' "$current_step" $((SECONDS - begin))
  current_step=''
}

# Explains where a script stopped. A failing subshell runs the trap in itself and again in its parent; only the parent speaks.
report_failure() {
  local status=$1 line=$2 command=$3 file=$4
  trap - ERR
  if ((BASH_SUBSHELL == 0)); then
    printf '\nerror: %s: %s:%s: exit status %s from: %s\n' "${current_step:-stopped}" "${file##*/}" "$line" "$status" \
      "$command" >&2
  fi
  exit "$status"
}
trap 'report_failure "$?" "$LINENO" "$BASH_COMMAND" "${BASH_SOURCE[0]}"' ERR

# run_quietly LOG COMMAND...: the output goes to LOG, and is shown only if the command fails.
run_quietly() {
  local log=$1
  shift
  local status=0
  "$@" >"$log" 2>&1 || status=$?
  if ((status != 0)); then
    printf '    the last lines of %s:\n' "$log" >&2
    tail -n 60 "$log" >&2
  fi
  return "$status"
}
