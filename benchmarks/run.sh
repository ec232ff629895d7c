#!/usr/bin/env bash
# Measures Undertone on this machine and writes benchmarks/results/*.json; then brings docs/performance.md up to date.
#
#   benchmarks/run.sh [NAME]
#
# NAME tells machines apart in the file names (default: this machine's processor). About ten minutes on two cores, with
# nothing else running. Makes a HuBERT-large with random weights in build/benchmarks once (1.3 GB).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

processor=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
name=${1:-$(tr -cs '[:alnum:]' '-' <<<"$processor" | tr '[:upper:]' '[:lower:]' | sed 's/^-//; s/-$//')}
work=build/benchmarks
undertone=build/bench/bin/undertone
model=$work/hubert-large

cmake --preset bench >/dev/null
cmake --build build/bench
mkdir -p "$work"
[[ -d $model ]] || "$undertone" models random hubert-large -o "$model" --seed 1

echo "== matrix products"
build/bench/bin/undertone_products_bench >"$work/products.json"
echo "== encoder"
build/bench/bin/undertone_encoder_bench "$model" --repeats 3 >"$work/encoder.json"
echo "== start to first answer"
python3 benchmarks/first_answer.py --undertone "$undertone" --encoder "$model" --work "$work" >"$work/first_answer.json"
python3 benchmarks/collect.py --name "$name" --command "benchmarks/run.sh $name" --commit "$(git rev-parse --short HEAD)" \
  "$work/products.json" "$work/encoder.json" "$work/first_answer.json"
python3 benchmarks/tables.py
