#!/usr/bin/env python3
"""A language that was left out: nobody of its corpus trains encoder or classifier, everybody tests, and both kinds of features are
tested on the same clips.

    unheard_languages_test.py UNDERTONE
"""

import json
import pathlib
import subprocess
import sys
import tempfile

import support

support.require("numpy", "soundfile", "torch")

SPEAKERS = ["ravdess-01", "ravdess-02", "ravdess-15", "emodb-03", "emodb-12", "nemo-ANN", "nemo-SM0"]
EMOTIONS = ["Angry", "Happy", "Sad", "Neutral", "Surprise"]  # the last is none of the six
SHAPE = ["--width", "32", "--layers", "1", "--heads", "2", "--inner", "48"]
SHORT = ["--steps", "6", "--batch", "4", "--seconds", "1", "--device", "cpu", "--bfloat16"]
SCRIPT = support.TRAINING / "unheard_languages.py"


def check(corpus, found):
    speakers = [speaker for speaker in SPEAKERS if speaker.startswith(corpus + "-")]
    facts = {key: found[key] for key in ("speakers", "clips", "train_clips", "chance", "model")}
    expected = {"speakers": len(speakers), "clips": 4 * len(speakers), "train_clips": 4 * (len(SPEAKERS) - len(speakers)),
                "chance": 0.25, "model": f"without-{corpus}"}  # fmt: skip
    assert facts == expected, (facts, expected)
    assert found["training"]["steps"] == 6 and found["training"]["bfloat16"] is True, found["training"]
    costs = {"embeddings": 0.3, "handmade": 10, "start": 0.3, "embeddings_1": 1, "start_1": 1}
    assert {kind: found[kind]["C"] for kind in costs} == costs, found
    for kind in costs:
        recalls = found[kind]["recall"]
        assert set(recalls) == {"Angry", "Happy", "Sad", "Neutral"}, recalls
        assert abs(found[kind]["uar"] - sum(recalls.values()) / 4) < 1e-3, found[kind]
        low, high = found[kind]["interval"]
        assert 0 <= low <= high <= 1, found[kind]
        assert sum(found[kind]["said"].values()) == found["clips"], found[kind]


def main():
    undertone = sys.argv[1]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        packed, result = folder / "recordings.npz", folder / "result.json"
        metadata = support.write_corpus(folder, SPEAKERS, EMOTIONS)
        support.train("pack", metadata, "-o", packed)
        support.train("train", packed, "-o", folder / "slavic", "--model", "without-nemo", "--export", *SHAPE, *SHORT)
        start = folder / "start.npz"
        support.run(undertone, "extract", metadata, "-o", start, "--encoder", folder / "slavic" / "00-without-nemo", "--quiet")
        both = ["--model", "without-emodb", "--model", "without-ravdess"]
        support.train("train", packed, "-o", folder / "germanic", *both, *SHAPE, *SHORT)
        script = [sys.executable, "-B", SCRIPT, packed, "--start", start, "-o", result, "--undertone", undertone]
        support.run(*script, folder / "slavic", folder / "germanic")
        corpora = json.loads(result.read_text(encoding="utf-8"))["corpora"]
        assert list(corpora) == ["ravdess", "emodb", "nemo"], corpora
        for corpus, found in corpora.items():
            check(corpus, found)
        support.train("train", packed, "-o", folder / "report", "--model", "report", *SHAPE, *SHORT)
        refused = subprocess.run([str(part) for part in [*script, folder / "report"]],
                                 capture_output=True, text=True, check=False)  # fmt: skip
        assert refused.returncode != 0 and "without-CORPUS" in refused.stderr, refused.stderr


if __name__ == "__main__":
    main()
