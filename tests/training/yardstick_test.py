#!/usr/bin/env python3
"""Hand-made features and splits go the way of embeddings: `undertone evaluate` reads them.

    yardstick_test.py UNDERTONE
"""

import csv
import json
import pathlib
import sys
import tempfile

import support

support.require("numpy", "soundfile")

import numpy as np  # pylint: disable=wrong-import-position

SPEAKERS = [f"ravdess-{actor:02d}" for actor in (1, 2, 3, 4, 15, 16)]
EMOTIONS = ["Angry", "Happy", "Sad", "Neutral"]


def main():
    undertone = sys.argv[1]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        metadata = support.write_corpus(folder, SPEAKERS, EMOTIONS)
        (folder / "elsewhere").mkdir()
        divided = folder / "elsewhere" / "split.csv"  # in another folder, so that its paths are others
        support.train("split", metadata, "--model", "report", "-o", divided)
        rows = list(csv.DictReader(divided.read_text(encoding="utf-8").splitlines()))
        sides = {row["speaker_id"]: row["split"] for row in rows}
        assert sides == {s: "test" if s in ("ravdess-15", "ravdess-16") else "train" for s in SPEAKERS}, sides
        support.train("split", metadata, "--model", "report", "--only", "test", "-o", folder / "test.csv")
        assert len((folder / "test.csv").read_text(encoding="utf-8").splitlines()) == 1 + 2 * len(EMOTIONS)

        features = folder / "handmade.npz"
        support.train("features", divided, "-o", features)
        with np.load(features, allow_pickle=False) as archive:
            values = archive["embeddings"]
            assert values.dtype == np.float32 and len(values) == len(rows) and np.isfinite(values).all()
            assert list(archive["labels"]) == [row["emotion"] for row in rows]
            assert len(np.unique(values.round(3), axis=0)) == len(rows)
        text = support.run(undertone, "evaluate", features, "--split", "published", "--pca", "12", "--json", "--quiet")
        report = json.loads(text)
        (fold,) = report["evaluations"][0]["fold_outcomes"]
        assert (fold["train_samples"], fold["test_samples"], fold["shared_speakers"]) == (16, 8, 0), fold
        facts = {fact["name"]: fact["value"] for fact in report["facts"]}
        assert facts["encoder"] == "hand-made features", facts
        # Emotions of these clips differ by melody, tempo and timbre, which is what the features measure.
        print("unweighted average recall", report["evaluations"][0]["scores"]["uar"])
        assert report["evaluations"][0]["scores"]["uar"] > 0.7


if __name__ == "__main__":
    main()
