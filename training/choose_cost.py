#!/usr/bin/env python3
"""Which cost of errors C hears voices best that the encoder has not heard: the selection folds' answer.

    training/choose_cost.py --embeddings fold-0.npz fold-1.npz … --handmade handmade-0.npz … [--undertone PROGRAM]

The files are those of `undertone_training fold`, and of `undertone_training features` for metadata that `split --model selection-I`
wrote. For each C `undertone evaluate --split published` trains on a file's `train` clips and tests on its `test` clips. Writes
training/results/cost.json: unweighted average recall by corpus, the mean over the folds, and their mean.
"""

import argparse
import json

import program

RESULT = program.ROOT / "training/results/cost.json"
SETTINGS = ["--split", "published", *program.CLASSIFIER]
COSTS = {"embeddings": [0.01, 0.03, 0.1, 0.3, 1.0], "handmade": [1.0, 3.0, 10.0, 30.0]}


def recall_by_corpus(undertone, file, cost):
    groups = program.evaluation(undertone, file, *SETTINGS, "--C", cost)["subgroups"]
    return {group["value"]: group["scores"]["uar"] for group in groups if group["column"] == "corpus"}


def over_folds(undertone, files, cost):
    folds = [recall_by_corpus(undertone, file, cost) for file in files]
    means = {corpus: sum(fold[corpus] for fold in folds) / len(folds) for corpus in folds[0]}
    return {"C": cost, **{k: round(v, 4) for k, v in means.items()}, "mean": round(sum(means.values()) / len(means), 4)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--embeddings", nargs="+", required=True)
    parser.add_argument("--handmade", nargs="+", required=True)
    parser.add_argument("--undertone", default=program.PROGRAM)
    arguments = parser.parse_args()
    result = {"command": "training/choose_cost.py --embeddings fold-*.npz --handmade handmade-*.npz", "settings": SETTINGS}
    for kind, costs in COSTS.items():
        result[kind] = [over_folds(arguments.undertone, getattr(arguments, kind), cost) for cost in costs]
    program.write(RESULT, result)
    for kind in COSTS:
        print(kind, *(json.dumps(row) for row in result[kind]), sep="\n  ")


if __name__ == "__main__":
    main()
