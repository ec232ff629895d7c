#!/usr/bin/env python3
"""How encoder and classifier do on a language that neither has heard.

    training/unheard_languages.py recordings.npz FOLDER… [-o FILE] [--undertone PROGRAM]

The folders are what `undertone_training train --model without-CORPUS` wrote: an encoder that has not heard a corpus, and so not its
language. The classifier is fitted to the other corpora too and tested on the whole of that one; so is the one of the features made by
hand, on the same clips. Writes training/results/unheard-languages.json: unweighted average recall, its interval (a bootstrap over speakers)
and how often each emotion was recognised. Needs NumPy.
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

RESULT = program.ROOT / "training/results/unheard-languages.json"
LANGUAGES = {"ravdess": "English", "emodb": "German", "nemo": "Polish"}
PREFIX = "without-"
COSTS = {"embeddings": "0.3", "handmade": "10"}  # chosen for each on the selection folds: choose_cost.py


def recall(undertone, file, kind):
    """(facts about the clips, what is reported of these features)."""
    found = program.evaluation(undertone, file, "--split", "published", *program.CLASSIFIER, "--C", COSTS[kind])
    (fold,) = found["fold_outcomes"]
    if fold["shared_speakers"]:
        sys.exit(f"{file}: {fold['shared_speakers']} speakers are trained on and tested")
    scores = found["scores"]
    tested = [name for name, row in zip(found["class_names"], scores["confusion"]) if any(row)]
    facts = {"clips": fold["test_samples"], "speakers": len({clip["speaker"] for clip in found["clips"]}),
             "train_clips": fold["train_samples"], "chance": round(1 / len(tested), 4)}
    by_emotion = {found_class["emotion"]: round(found_class["recall"], 4)
                  for found_class in scores["classes"] if found_class["emotion"] in tested}
    return facts, {"uar": round(scores["uar"], 4), "interval": [round(end, 4) for end in found["intervals"]["uar"]],
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
                files = {kind: pathlib.Path(temporary) / f"{kind}.npz" for kind in COSTS}
                fold_file.write(recordings, folder, model, files["embeddings"])
                yardstick.write_packed(recordings, split, files["handmade"])
                found = {kind: recall(arguments.undertone, file, kind) for kind, file in files.items()}
            facts = found["embeddings"][0]
            if found["handmade"][0] != facts:
                sys.exit(f"{model}: {facts} of the embeddings, but {found['handmade'][0]} of the features made by hand")
            corpora[corpus] = {"language": LANGUAGES.get(corpus, corpus), "model": model, "training": training, **facts,
                               **{kind: result for kind, (_, result) in found.items()}}
            ours, theirs = (100 * found[kind][1]["uar"] for kind in COSTS)
            print(f"{corpus}: {ours:.1f}, features made by hand {theirs:.1f}, chance {100 * facts['chance']:.1f}", flush=True)
    revision = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=program.ROOT, check=True, capture_output=True, text=True)
    program.write(arguments.output, {"command": "training/unheard_languages.py recordings.npz unheard-*", "revision": revision.stdout.strip(),
                           "settings": ["--split", "published", *program.CLASSIFIER], "C": COSTS,
                           "corpora": {name: corpora[name] for name in [*LANGUAGES, *corpora] if name in corpora}})


if __name__ == "__main__":
    main()
