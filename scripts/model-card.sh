#!/usr/bin/env bash
# Measures undertone-small for its model card, from committed weights and recordings that are at hand:
#
#   scripts/model-card.sh DATA [OUTPUT]
#
# DATA holds the folders ravdess, emodb and nemo. The encoder is training/report-model, which was trained like the embedded
# one but without the test speakers (training/README.md); classifiers are trained on the speakers that it heard and tested on
# those that it did not. The features made by hand stand beside it. Writes models/undertone-small/results.json and reliability.svg, and the part of
# the model card that is made from them. OUTPUT (build/model-card) keeps metadata, embeddings and reports. The program is
# build/release/bin/undertone or $UNDERTONE, Python is python3 or $PYTHON.
set -Eeuo pipefail
# shellcheck source=scripts/lib/console.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/lib/console.sh"

(($# == 1 || $# == 2)) || die "usage: $0 DATA [OUTPUT]"
for corpus in ravdess emodb nemo; do
  [[ -d "$1/$corpus" ]] || die "$1: there is no folder '$corpus' in it." "docs/corpora.md says where the corpora are from."
done
data=$(realpath -- "$1")
undertone=$(realpath -m -- "${UNDERTONE:-$(dirname -- "${BASH_SOURCE[0]}")/../build/release/bin/undertone}")
python=${PYTHON:-python3}
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
mkdir -p -- "${2:-build/model-card}"
output=$(realpath -- "${2:-build/model-card}")
model=training/report-model
[[ -x "$undertone" ]] || die "$undertone is not there." "Build it (scripts/quickstart.sh), or name it in UNDERTONE."
[[ -f "$model/model.safetensors" ]] || die "$model/model.safetensors is not there." "Train it: training/README.md"
missing=$("$python" - <<'EOF'
import importlib.util
print(" ".join(name for name in ("numpy", "soundfile") if importlib.util.find_spec(name) is None))
EOF
) || die "$python does not run." "Name another Python in PYTHON."
[[ -z "$missing" ]] ||
  die "$python has no: $missing" "Debian: python3-numpy python3-soundfile. Or name another Python in PYTHON."

training() {
  PYTHONPATH=training "$python" -B -m undertone_training "$@"
}

prepare() {
  local corpus
  for corpus in ravdess emodb nemo; do
    "$undertone" prepare "$corpus" "$data/$corpus" -o "$output/$corpus.csv" --quiet --force
  done
  local side
  for side in train test; do
    training split "$output/ravdess.csv" "$output/emodb.csv" "$output/nemo.csv" --model report --only "$side" -o "$output/$side.csv"
  done
}

extract() {
  local side
  for side in train test; do
    "$undertone" extract "$output/$side.csv" -o "$output/embeddings-$side.npz" --encoder "$model" --force
  done
}

features() {
  local side
  for side in train test; do
    training features "$output/$side.csv" -o "$output/handmade-$side.npz"
  done
}

evaluate() {
  local what
  local -A cost=([embeddings]=0.3 [handmade]=10) # chosen for each on the selection folds: training/choose_cost.py
  for what in embeddings handmade; do
    "$undertone" evaluate "$output/$what-train.npz" "$output/$what-test.npz" --split published \
      --pca 150 --C "${cost[$what]}" --class-weight balanced --report "$output/$what" --force
  done
  # The bundle of the same encoder, where there is one.
  rm -rf -- "$output/bundle"
  if [[ -f "$model/bundle.safetensors" ]]; then
    "$undertone" evaluate "$output/embeddings-test.npz" --model "$model/bundle.safetensors" --report "$output/bundle" --force
  fi
}

step 'Metadata, divided by speaker' prepare
step 'Embeddings' extract
step 'Features made by hand' features
step 'Classifiers' evaluate
step 'The card' "$python" -B scripts/model-card/card.py collect "$output" --command "scripts/model-card.sh DATA"
