#!/usr/bin/env bash
# Compares Undertone's encoder with what could be used in its place (PyTorch, ONNX Runtime, OpenVINO), all with the weights of one
# HuBERT-large, writes benchmarks/results/peers-NAME.json, and brings docs/performance.md up to date.
#
#   benchmarks/peers.sh [NAME] [--quick]
#
# NAME tells machines apart in the file names (default: this machine's processor). Some twenty minutes on two cores, with nothing
# else running; the load before is written down. The first time some minutes more: it makes a HuBERT-large with random weights in
# build/benchmarks (1.3 GB), installs the peers from PyPI into a virtual environment there (6 GB, for PyTorch's Linux build brings CUDA
# along) and converts the weights for them (3.2 GB). Needs 16 GiB of memory. --quick takes a few short clips; its result stays in
# build/benchmarks: it is for trying things out.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# shellcheck source=benchmarks/lib/arguments.sh
. benchmarks/lib/arguments.sh
work=build/benchmarks
python=$work/peers-venv/bin/python
encoder=$work/hubert-large
prepared=$work/peers
output=benchmarks/results/peers-$name.json
((${#quick[@]} == 0)) || output=$work/peers-$name.json

cmake --preset bench >/dev/null
cmake --build build/bench --target undertone_encoder_worker undertone_cli
mkdir -p "$work"
[[ -d $encoder ]] || build/bench/bin/undertone models random hubert-large -o "$encoder" --seed 1
[[ -x $python ]] || python3 -m venv "$work/peers-venv"
"$python" -m pip install --quiet --requirement benchmarks/peers/requirements.txt
"$python" -B -W ignore benchmarks/peers/prepare.py "$encoder" "$prepared"

"$python" -B benchmarks/peers/rounds.py --worker build/bench/bin/undertone_encoder_worker --encoder "$encoder" \
  --prepared "$prepared" --work "$work" --output "$output" --processor "$processor" --commit "$(git rev-parse --short HEAD)" \
  --command "benchmarks/peers.sh $name${quick:+ --quick}" "${quick[@]}"
python3 benchmarks/tables.py
