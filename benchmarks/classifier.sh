#!/usr/bin/env bash
# Cross-validates 7,442 × 1,024 embeddings with Undertone, scikit-learn, scikit-learn-intelex and LIBSVM in alternation, and
# writes benchmarks/results/classifier-NAME.json; then brings docs/performance.md up to date.
#
#   benchmarks/classifier.sh [NAME] [--rounds N] [--samples N]
#
# NAME tells machines apart in the file names (default: this machine's processor). Nearly an hour on two cores with three
# rounds (the default), with nothing else running; nearly all of it is the peers'. Installs them from PyPI into a virtual
# environment in build/benchmarks. With --samples the result stays in build/benchmarks: it is for trying things out.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

name=''
if [[ $# -gt 0 && $1 != --* ]]; then
  name=$1
  shift
fi
processor=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
: "${name:=$(tr -cs '[:alnum:]' '-' <<<"$processor" | tr '[:upper:]' '[:lower:]' | sed 's/^-//; s/-$//')}"
work=build/benchmarks
python=$work/venv/bin/python

cmake --preset bench >/dev/null
cmake --build build/bench --target undertone_classifier_bench
mkdir -p "$work"
if [[ ! -x $python ]]; then
  python3 -m venv "$work/venv"
fi
"$python" -m pip install --quiet numpy==2.2.6 scikit-learn==1.7.2 scikit-learn-intelex==2026.2.0

"$python" benchmarks/classifier_rounds.py --bench build/bench/bin/undertone_classifier_bench --work "$work" --name "$name" \
  --processor "$processor" --commit "$(git rev-parse --short HEAD)" "$@"
python3 benchmarks/tables.py
