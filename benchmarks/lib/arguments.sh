# Sourced by benchmarks/NAME.sh, whose arguments are [NAME] [--quick]: sets name (default: this machine's processor), processor, and
# quick, an array that holds --quick or nothing.
# shellcheck shell=bash disable=SC2034

name=''
quick=()
for argument in "$@"; do
  if [[ $argument == --quick ]]; then
    quick=(--quick)
  elif [[ $argument == --* || -n $name ]]; then
    echo "usage: $0 [NAME] [--quick]" >&2
    exit 2
  else
    name=$argument
  fi
done
processor=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
: "${name:=$(tr -cs '[:alnum:]' '-' <<<"$processor" | tr '[:upper:]' '[:lower:]' | sed 's/^-//; s/-$//')}"
