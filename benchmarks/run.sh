#!/usr/bin/env bash
# Measures Undertone on this machine and writes benchmarks/results/*.json; then brings docs/performance.md up to date.
#
#   benchmarks/run.sh [NAME] [--quick]
#
# NAME tells machines apart in the file names (default: this machine's processor). About ten minutes on two cores, with
# nothing else running; the load before is written down. --quick leaves out the long clips and most rounds. What reduced
# precision changes is measured by benchmarks/precision_gate.py. Makes a HuBERT-large with random weights in build/benchmarks once (1.3 GB, and 2.2 GB packed).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck source=benchmarks/lib/arguments.sh
. benchmarks/lib/arguments.sh
product_rounds=15
seconds=1,3,10,30
if ((${#quick[@]})); then
  product_rounds=5
  seconds=1,3
fi
load=$(cut -d ' ' -f 1 /proc/loadavg)
work=build/benchmarks
undertone=build/bench/bin/undertone
model=$work/hubert-large

cmake --preset bench >/dev/null
cmake --build build/bench --target undertone_products_bench undertone_encoder_bench undertone_cli
mkdir -p "$work"
[[ -d $model ]] || "$undertone" models random hubert-large -o "$model" --seed 1

echo "== matrix products"
build/bench/bin/undertone_products_bench --repeats "$product_rounds" >"$work/products.json"
echo "== encoder"
build/bench/bin/undertone_encoder_bench "$model" --seconds "$seconds" --repeats 3 >"$work/encoder.json"
echo "== start to first answer"
python3 benchmarks/first_answer.py --undertone "$undertone" --encoder "$model" --work "$work" >"$work/first_answer.json"
python3 benchmarks/collect.py --name "$name" --command "benchmarks/run.sh $name${quick:+ --quick}" --load "$load" --commit "$(git rev-parse --short HEAD)" \
  "$work/products.json" "$work/encoder.json" "$work/first_answer.json"
python3 benchmarks/tables.py
