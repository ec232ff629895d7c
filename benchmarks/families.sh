#!/usr/bin/env bash
# Measures what WavLM costs beside HuBERT of the same size, writes benchmarks/results/families-*.json, and brings
# docs/performance.md up to date.
#
#   benchmarks/families.sh [NAME]
#
# NAME tells machines apart in the file names (default: this machine's processor). Some minutes on two cores; the load before
# is written down. Makes the four encoders with random weights in build/benchmarks once (3.2 GB).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

processor=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
name=${1:-$(tr -cs '[:alnum:]' '-' <<<"$processor" | tr '[:upper:]' '[:lower:]' | sed 's/^-//; s/-$//')}
load=$(cut -d ' ' -f 1 /proc/loadavg)
work=build/benchmarks

cmake --preset bench >/dev/null
cmake --build build/bench --target undertone_families_bench undertone_cli
mkdir -p "$work"
folders=()
for model in hubert-base wavlm-base hubert-large wavlm-large; do
  folders+=("$work/$model")
  [[ -d $work/$model ]] || build/bench/bin/undertone models random "$model" -o "$work/$model" --seed 1
done

build/bench/bin/undertone_families_bench "${folders[@]}" >"$work/families.json"
python3 benchmarks/collect.py --name "families-$name" --command "benchmarks/families.sh $name" --load "$load" \
  --commit "$(git rev-parse --short HEAD)" "$work/families.json"
python3 benchmarks/tables.py
