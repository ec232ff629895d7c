#!/usr/bin/env bash
# Measures the server on this machine and writes benchmarks/results/server-*.json; then brings docs/performance.md up to date.
#
#   benchmarks/server.sh [NAME]
#
# NAME tells machines apart in the file names (default: this machine's processor). About four minutes, with nothing else
# running. Traffic goes to this machine's own loopback address, bounded in number and time.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

processor=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)
name=${1:-$(tr -cs '[:alnum:]' '-' <<<"$processor" | tr '[:upper:]' '[:lower:]' | sed 's/^-//; s/-$//')}

mkdir -p build
cmake --preset release >build/configure-release.log
cmake --build build/release --target undertone_cli
UNDERTONE_MODELS=$PWD/models python3 -B benchmarks/server_bench.py "$PWD/build/release/bin/undertone" --name "$name"
python3 benchmarks/tables.py
