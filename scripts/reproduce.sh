#!/usr/bin/env bash
# From recordings to figures one can believe, on the corpora that are at hand: prepare, extract, evaluate.
#
#   scripts/reproduce.sh DATA [OUTPUT]
#
# DATA holds folders with published corpora: ravdess, emodb, nemo (those that are there are used; ravdess must be). Reports go to
# OUTPUT (build/reproduce), the figures of docs/reproduce.md to docs/results/reproduce.json and into that document.
set -Eeuo pipefail
# shellcheck source=scripts/lib/console.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib/console.sh"

(($# == 1 || $# == 2)) || die "usage: $0 DATA [OUTPUT]"
[[ -d "$1/ravdess" ]] || die "$1: there is no folder 'ravdess' in it." "Get RAVDESS speech and unpack it there."
data=$(realpath -- "$1")
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
mkdir -p -- "${2:-build/reproduce}"
output=$(realpath -- "${2:-build/reproduce}")
undertone=$PWD/build/release/bin/undertone
[[ -x "$undertone" ]] || die "$undertone is not there." "Build it: scripts/quickstart.sh"
command -v ffmpeg >/dev/null || die "ffmpeg, which adds the noise to the copies, is not installed." "apt-get install ffmpeg"

# An encoder that has learned nothing: the architecture of the embedded one with random weights.
untrained=$output/untrained
corpora=()
for corpus in ravdess emodb nemo; do
  if [[ -d "$data/$corpus" ]]; then corpora+=("$corpus"); fi
done

prepare() {
  "$undertone" prepare "$1" "$data/$1" -o "$output/$1.csv" --force
}

# extract NAME ENCODER METADATA...: goes on where an earlier run was stopped.
extract() {
  local name=$1 encoder=$2
  shift 2
  "$undertone" extract "$@" -o "$output/$name.npz" --encoder "$encoder" --force
}

# evaluate NAME EMBEDDINGS... OPTION...
evaluate() {
  local name=$1
  shift
  "$undertone" evaluate "$@" --report "$output/$name" --force
}

embedded_encoder() {
  local corpus
  local -a embeddings=()
  for corpus in "${corpora[@]}"; do
    extract "$corpus" undertone-small "$output/$corpus.csv"
    evaluate "$corpus" "$output/$corpus.npz" --compare random,speaker
    embeddings+=("$output/$corpus.npz")
  done
  if ((${#corpora[@]} > 1)); then
    evaluate joined "${embeddings[@]}" --compare random,speaker,corpus --classes Neutral,Happy,Sad,Angry,Fear
  fi
}

untrained_encoder() {
  "$undertone" models random models/undertone-small/config.json -o "$untrained" --seed 1 --force
  extract untrained "$untrained" "$output/ravdess.csv"
  evaluate untrained "$output/untrained.npz" --compare random,speaker
}

# The published mistake, made on purpose: a noisy copy of each recording, once as if it were a recording of its own, once with the
# column that says where it comes from; with the usual cost of errors and with one at which a classifier learns by heart.
augmented_copies() {
  local marking
  python3 scripts/reproduce/augmented_copies.py "$output/ravdess.csv" "$output/copies"
  for marking in unmarked marked; do
    extract "copies-$marking" undertone-small "$output/copies/$marking.csv"
    evaluate "copies-$marking" "$output/copies-$marking.npz" --compare random,speaker
    evaluate "copies-$marking-c10" "$output/copies-$marking.npz" --compare random,speaker --C 10
  done
}

for corpus in "${corpora[@]}"; do step "Metadata of $corpus" prepare "$corpus"; done
step 'The embedded encoder' embedded_encoder
step 'An untrained encoder' untrained_encoder
step 'Copies on both sides' augmented_copies
step 'Figures' python3 scripts/reproduce/figures.py collect "$output" --command "scripts/reproduce.sh DATA"
