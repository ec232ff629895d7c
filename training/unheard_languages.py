#!/usr/bin/env python3
"""How encoder and classifier do on a language that neither has heard.

    training/unheard_languages.py recordings.npz FOLDER… --start FILE [-o FILE] [--undertone PROGRAM]

The folders are what `undertone_training train --model without-CORPUS` wrote: an encoder that has not heard a corpus, and so not its
language. The classifier is fitted to the other corpora too and tested on the whole of that one; so is the one of the features made by
hand, and that of the embeddings of --start, the encoder that the training began from as `undertone extract` hears it, on the same
clips. Writes training/results/unheard-languages.json: unweighted average recall, its interval (a bootstrap over speakers)
and how often each emotion was recognised. What was chosen for one kind of features need not suit another: each kind of embeddings has
two costs of errors. Needs NumPy.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import program

from undertone_training import fold_file, yardstick
from undertone_training.recordings import Recordings
from undertone_training.splits import side

RESULT = program.ROOT / "training/results/unheard-languages.json"
LANGUAGES = {"ravdess": "English", "emodb": "German", "nemo": "Polish"}
PREFIX = "without-"
CHOSEN = {"embeddings": "0.3", "handmade": "10"}  # for each on the selection folds: choose_cost.py
# What is reported: of which features, at which cost. The start has none that was chosen: that of the embeddings, and 1.
JUDGED = {"embeddings": ("embeddings", CHOSEN["embeddings"]), "handmade": ("handmade", CHOSEN["handmade"]),
          "start": ("start", CHOSEN["embeddings"]), "embeddings_1": ("embeddings", "1"), "start_1": ("start", "1")}  # fmt: skip


def write_start(source, model, target):
    """The embeddings of --start with the column `split`."""
    with np.load(source, allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    arrays["metadata_split"] = np.array(side(model, arrays["speakers"].tolist()))
    np.savez(target, **arrays)


def recall(undertone, file, cost):
    """(facts about the clips, what is reported of these features)."""
    found = program.evaluation(undertone, file, "--split", "published", *program.CLASSIFIER, "--C", cost)
    (fold,) = found["fold_outcomes"]
    if fold["shared_speakers"]:
        sys.exit(f"{file}: {fold['shared_speakers']} speakers are trained on and tested")
    scores = found["scores"]
    tested = [name for name, row in zip(found["class_names"], scores["confusion"]) if any(row)]
    facts = {"clips": fold["test_samples"], "speakers": len({clip["speaker"] for clip in found["clips"]}),
             "train_clips": fold["train_samples"], "chance": round(1 / len(tested), 4)}
    by_emotion = {found_class["emotion"]: round(found_class["recall"], 4)
                  for found_class in scores["classes"] if found_class["emotion"] in tested}
    return facts, {"C": float(cost), "uar": round(scores["uar"], 4), "interval": [round(end, 4) for end in found["intervals"]["uar"]],
                   "accuracy": round(scores["accuracy"], 4), "recall": by_emotion,
                   "said": dict(zip(found["class_names"], np.sum(scores["confusion"], axis=0).tolist()))}


def trained(folder):
    """How the models of a folder were trained, and which corpora they have not heard."""
    about = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    models = [result["model"] for result in json.loads((folder / "results.json").read_text(encoding="utf-8"))]
    strange = [name for name in models if not name.partition(":")[0].startswith(PREFIX)]
    if strange:
        sys.exit(f"{folder}: has models '{', '.join(strange)}', where models {PREFIX}CORPUS belong")
    keys = ("steps", "batch", "seconds_of_clip", "seed", "start", "committee", "device", "torch", "bfloat16")
    return {key: about[key] for key in keys}, models


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recordings", type=pathlib.Path)
    parser.add_argument("folders", nargs="+", type=pathlib.Path)
    parser.add_argument("--start", required=True, type=pathlib.Path)
    parser.add_argument("-o", "--output", type=pathlib.Path, default=RESULT)
    parser.add_argument("--undertone", default=program.PROGRAM)
    arguments = parser.parse_args()
    recordings = Recordings.load(arguments.recordings)
    corpora = {}
    for folder in arguments.folders:
        training, models = trained(folder)
        for model in models:
            split = model.partition(":")[0]
            corpus = split.removeprefix(PREFIX)
            with tempfile.TemporaryDirectory() as temporary:
                files = {kind: pathlib.Path(temporary) / f"{kind}.npz" for kind in ("embeddings", "handmade", "start")}
                fold_file.write(recordings, folder, model, files["embeddings"])
                yardstick.write_packed(recordings, split, files["handmade"])
                write_start(arguments.start, split, files["start"])
                found = {name: recall(arguments.undertone, files[kind], cost) for name, (kind, cost) in JUDGED.items()}
            facts = found["embeddings"][0]
            for name, (others, _) in found.items():
                if others != facts:
                    sys.exit(f"{model}: the clips are not the same: {facts} of the embeddings, but {others} of '{name}'")
            corpora[corpus] = {"language": LANGUAGES.get(corpus, corpus), "model": model, "training": training, **facts,
                               **{name: result for name, (_, result) in found.items()}}
            print(f"{corpus}: chance {facts['chance']}, " + ", ".join(f"{name} {result['uar']}" for name, (_, result) in found.items()), flush=True)
    revision = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=program.ROOT, check=True, capture_output=True, text=True)
    program.write(arguments.output, {"command": "training/unheard_languages.py recordings.npz unheard-* --start start.npz", "revision": revision.stdout.strip(),
                           "settings": ["--split", "published", *program.CLASSIFIER],
                           "corpora": {name: corpora[name] for name in [*LANGUAGES, *corpora] if name in corpora}})


if __name__ == "__main__":
    main()
