#!/usr/bin/env python3
"""A committee's members do not hear what their student must not, one is a stranger to each voice, and its share is as asked."""

import pathlib
import sys
import tempfile

import support

support.require("numpy", "soundfile", "torch")

import numpy as np  # pylint: disable=wrong-import-position
import torch  # pylint: disable=wrong-import-position

from undertone_training.committee import Committee  # pylint: disable=wrong-import-position
from undertone_training.encoder import pool  # pylint: disable=wrong-import-position
from undertone_training.recordings import Recordings  # pylint: disable=wrong-import-position
from undertone_training.splits import FOLDS, held_out  # pylint: disable=wrong-import-position

SPEAKERS = ([f"ravdess-{actor:02d}" for actor in range(1, 19)] + [f"emodb-{n:02d}" for n in (3, *range(8, 14))]
            + [f"nemo-{name}" for name in ("ANN", "JAN", "KRZ", "MIC", "SM0", "WR0", "ZOF")])  # fmt: skip
CORPUS = ["ravdess-01", "ravdess-03", "emodb-03", "emodb-08", "nemo-ANN", "ravdess-15"]
SHAPE = ["--width", "32", "--layers", "1", "--heads", "2", "--inner", "48"]
SHORT = ["--steps", "8", "--batch", "4", "--seconds", "1", "--device", "cpu"]


def check_splits():
    for split in ("shipped", "report", *(f"selection-{fold}" for fold in range(FOLDS))):
        out = held_out(split, SPEAKERS)
        members = [held_out(f"{split}.{member}", SPEAKERS) for member in range(FOLDS)]
        for speaker in SPEAKERS:
            strangers = sum(speaker in member for member in members)
            assert strangers == (FOLDS if speaker in out else 1), (split, speaker, strangers)
    for name in ("report.4", "report.x", "nobody.1"):
        try:
            held_out(name, SPEAKERS)
        except SystemExit:
            continue
        sys.exit(f"{name} was taken for a member of a committee")


def check_opinion(packed, members):
    """The stranger has its share; of the rest each other member as much. All alike where all know the voice."""
    recordings = Recordings.load(packed)
    committee = Committee(members, ["report"], recordings, torch.device("cpu"), compiled=False)
    clips = torch.tensor([[0, 4, 10]])
    mel, rows = torch.randn(1, 3, 60, committee.models.encoders.shape.mels), torch.tensor([[60, 41, 52]])
    first = torch.tensor([[0, 5, 9]])
    four = (x.repeat_interleave(FOLDS, 0) for x in (mel, rows, first))
    with torch.no_grad():
        said = committee.models.emotion(pool(*committee.encode(*four))).softmax(-1)
    without = [held_out(f"report.{member}", recordings.speakers) for member in range(FOLDS)]
    strangers = [[recordings.speakers[clip] in out for out in without].index(True) for clip in clips[0].tolist()]
    assert len(set(strangers)) > 1, "one member is a stranger to all of these clips"
    for share in (1.0, 0.25, 0.0):
        found = committee.opinion(mel, rows, first, clips, torch.tensor([[share]]))[0]
        for place, stranger in enumerate(strangers):
            weights = torch.full((FOLDS, 1), (1.0 - share) / (FOLDS - 1))
            weights[stranger] = share
            np.testing.assert_allclose(found[place], (weights * said[:, place]).sum(0), atol=1e-6)
    committee.stranger[:] = False
    found = committee.opinion(mel, rows, first, clips, torch.tensor([[0.9]]))[0]
    np.testing.assert_allclose(found, said.mean(0), atol=1e-6)


def main():
    check_splits()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        packed, members, students = folder / "recordings.npz", folder / "members", folder / "students"
        support.train("pack", support.write_corpus(folder, CORPUS, ["Angry", "Happy", "Sad"]), "-o", packed)
        named = [word for member in range(FOLDS) for word in ("--model", f"report.{member}")]
        support.train("train", packed, "-o", members, "--keep", *named, *SHAPE, *SHORT)
        check_opinion(packed, members)
        taught = ["--model", "report", "--model", "report:committee=0", *SHAPE, *SHORT, "--seed", "2"]
        support.train("train", packed, "-o", students, "--committee", members, *taught)
        with np.load(students / "embeddings.npz", allow_pickle=False) as archive:
            assert np.isfinite(archive["embeddings"]).all()
        try:
            Committee(members, ["shipped"], Recordings.load(packed), torch.device("cpu"), compiled=False)
        except SystemExit as refusal:
            assert "to teach 'shipped'" in str(refusal), refusal
        else:
            sys.exit("a committee without members was accepted")


if __name__ == "__main__":
    main()
