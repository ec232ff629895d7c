#!/usr/bin/env python3
"""How far the probabilities are from what comes true, on voices that neither encoder nor classifier nor calibration has heard.

    training/calibration.py fold-0.npz fold-1.npz … [--undertone PROGRAM]

The files are those of `undertone_training fold`. For each a bundle is trained on its `train` clips, calibrated on the other files' `test`
clips, as the shipped one is on all, and asked about its own `test` clips. Writes training/results/calibration.json: the expected
calibration error (ten bins) of all answers together, and by corpus. Needs NumPy.
"""

import argparse
import collections
import pathlib
import tempfile

import numpy as np
import program

RESULT = program.ROOT / "training/results/calibration.json"
COST = "0.3"
BINS = 10


def write_side(source, side, target):
    """The clips of one side of the split."""
    with np.load(source, allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    chosen = arrays["metadata_split"] == side
    clips = len(chosen)
    np.savez(target, **{name: values[chosen] if values.shape[:1] == (clips,) else values for name, values in arrays.items()})


def answers_of_fold(undertone, files, number, folder):
    """(corpus, what was claimed of the most probable emotion, whether it was right) of each clip."""
    train, test, bundle = folder / "train.npz", folder / "test.npz", folder / "bundle.safetensors"
    write_side(files[number], "train", train)
    write_side(files[number], "test", test)
    others = files[:number] + files[number + 1 :]
    settings = [*program.CLASSIFIER, "--C", COST]
    program.run(undertone, "train", train, "-o", bundle, "--force", *settings, "--calibration", *others)
    for clip in program.evaluation(undertone, test, "--model", bundle)["clips"]:
        yield clip["speaker"].partition("-")[0], max(clip["probabilities"]), clip["truth"] == clip["predicted"]


def expected_calibration_error(answers):
    bins = collections.defaultdict(list)
    for claimed, right in answers:
        bins[min(int(claimed * BINS), BINS - 1)].append((claimed, right))
    return sum(abs(sum(c - r for c, r in found)) for found in bins.values()) / len(answers)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folds", nargs="+", type=pathlib.Path)
    parser.add_argument("--undertone", default=program.PROGRAM)
    arguments = parser.parse_args()
    answers = collections.defaultdict(list)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(len(arguments.folds)):
            for corpus, *answer in answers_of_fold(arguments.undertone, arguments.folds, number, pathlib.Path(folder)):
                answers[corpus].append(answer)
                answers["all"].append(answer)
    errors = {name: {"clips": len(found), "ece": round(expected_calibration_error(found), 4)} for name, found in answers.items()}
    program.write(RESULT, {"command": "training/calibration.py fold-*.npz", "settings": [*program.CLASSIFIER, "--C", COST], **errors})
    for name, found in errors.items():
        print(f"{name}: {found['clips']} clips, expected calibration error {found['ece']:.3f}")


if __name__ == "__main__":
    main()
