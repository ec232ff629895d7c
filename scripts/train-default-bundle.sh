#!/usr/bin/env bash
# Makes models/undertone-small/bundle.safetensors, the classifier of the embedded encoder, from the recordings it was
# trained on:
#
#   scripts/train-default-bundle.sh DATA FOLD.npz...
#
# DATA holds the folders ravdess, emodb and nemo. Each FOLD.npz has embeddings by an encoder of the same recipe that some of the
# speakers are new to, which the probabilities are calibrated on (training/README.md makes them). The same input gives
# the same bundle, but for rounding between versions and processors (1e-11 in its numbers). The program is
# build/release/bin/undertone or $UNDERTONE.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ $# -lt 2 || ! -d $1/ravdess || ! -d $1/emodb || ! -d $1/nemo ]]; then
  echo "usage: $0 DATA FOLD.npz...; DATA has the folders ravdess, emodb and nemo" >&2
  exit 2
fi
data=$(realpath "$1")
folds=("${@:2}")
undertone=${UNDERTONE:-build/release/bin/undertone}
if [[ ! -x $undertone ]]; then
  echo "$0: no $undertone; build it first: cmake --preset release && cmake --build build/release" >&2
  exit 1
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for corpus in ravdess emodb nemo; do
  # Every clip, as the bundle has been made from the first: training leaves other labels out by itself.
  "$undertone" prepare "$corpus" "$data/$corpus" -o "$work/$corpus.csv" --quiet \
    --min-duration 0 --max-duration 60 --all-emotions --keep-duplicates --keep-silent
done
{ head -n 1 "$work/ravdess.csv"; tail -q -n +2 "$work/ravdess.csv" "$work/emodb.csv" "$work/nemo.csv"; } >"$work/metadata.csv"
"$undertone" extract "$work/metadata.csv" -o "$work/embeddings.npz"
"$undertone" train "$work/embeddings.npz" -o models/undertone-small/bundle.safetensors --force \
  --pca 150 --C 0.3 --class-weight balanced --calibration "${folds[@]}" --licence "CC BY-NC-SA 4.0"
