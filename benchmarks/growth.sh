#!/usr/bin/env bash
# Measures how time and memory grow with the length of a clip and with the number of clips, and how many clips a second `extract`
# hears on all cores beside one; writes benchmarks/results/growth-NAME.json, and brings docs/performance.md and its plots up to date.
#
#   benchmarks/growth.sh [NAME] [--quick]
#
# NAME tells machines apart in the file names (default: this machine's processor). A quarter of an hour on two cores, with nothing else
# running; the load before is written down. Makes a HuBERT-large with random weights in build/benchmarks once (1.3 GB). --quick
# leaves out what takes long; its result stays in build/benchmarks: it is for trying things out.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck source=benchmarks/lib/arguments.sh
. benchmarks/lib/arguments.sh
work=build/benchmarks
undertone=build/bench/bin/undertone
encoder=$work/hubert-large
output=benchmarks/results/growth-$name.json
((${#quick[@]} == 0)) || output=$work/growth-$name.json

cmake --preset bench >/dev/null
cmake --build build/bench --target undertone_cli
mkdir -p "$work"
[[ -d $encoder ]] || "$undertone" models random hubert-large -o "$encoder" --seed 1

UNDERTONE_MODELS=models python3 -B benchmarks/growth/measure.py --undertone "$undertone" --encoder "$encoder" --work "$work" \
  --output "$output" --processor "$processor" --commit "$(git rev-parse --short HEAD)" \
  --command "benchmarks/growth.sh $name${quick:+ --quick}" "${quick[@]}"
python3 benchmarks/tables.py
