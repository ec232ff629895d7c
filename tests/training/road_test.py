#!/usr/bin/env python3
"""A short training on synthetic clips: the engine computes from the exported checkpoint what the training computed.

    road_test.py UNDERTONE
    road_test.py --transformers

With --transformers it is the transformers library that reads the checkpoint, and its hidden states are pooled.
"""

import json
import pathlib
import sys
import tempfile

import support

OTHERS = sys.argv[1:] == ["--transformers"]
support.require("numpy", "soundfile", "torch", *(["transformers", "safetensors"] if OTHERS else []))

import numpy as np  # pylint: disable=wrong-import-position

SPEAKERS = ["ravdess-01", "ravdess-02", "ravdess-03", "emodb-03", "nemo-ANN", "ravdess-15"]
EMOTIONS = ["Angry", "Happy", "Sad"]
SHAPE = ["--width", "32", "--layers", "2", "--heads", "2", "--inner", "48"]
SHORT = ["--steps", "12", "--batch", "4", "--seconds", "1", "--device", "cpu"]
COSINE = 0.99999  # weights and embeddings are rounded to half precision, 2^-11 of each


def of_the_engine(undertone, metadata, checkpoint, output):
    support.run(undertone, "extract", metadata, "-o", output, "--encoder", checkpoint, "--quiet")
    with np.load(output, allow_pickle=False) as archive:
        return archive["embeddings"], [pathlib.Path(path).name for path in archive["paths"]]


def of_transformers(recordings, checkpoint):
    """The encoder alone on the clip alone: the table of positions is cut to the frames that it makes."""
    import torch  # pylint: disable=import-outside-toplevel
    from safetensors.torch import load_file  # pylint: disable=import-outside-toplevel
    from transformers import WhisperConfig, WhisperFeatureExtractor  # pylint: disable=import-outside-toplevel
    from transformers.models.whisper.modeling_whisper import WhisperEncoder  # pylint: disable=import-outside-toplevel

    encoder = WhisperEncoder(WhisperConfig.from_pretrained(checkpoint)).eval()
    state = {name.removeprefix("encoder."): tensor.float() for name, tensor in load_file(checkpoint / "model.safetensors").items()}
    encoder.load_state_dict(state)  # strict: each tensor has a place, and each place a tensor
    extractor = WhisperFeatureExtractor.from_pretrained(checkpoint)
    table = encoder.embed_positions.weight.data
    found = []
    for number in range(len(recordings)):
        clip = recordings.clip(number).astype(np.float32) / 32768.0
        features = extractor(clip, sampling_rate=16_000, return_tensors="pt", padding="do_not_pad").input_features
        frames = (features.shape[-1] - 1) // 2 + 1
        encoder.embed_positions.weight.data = table[:frames]
        encoder.config.max_source_positions = frames  # else newer versions refuse the clip
        with torch.no_grad():
            found.append(encoder(features).last_hidden_state[0].mean(0).numpy())
    return np.stack(found), [pathlib.Path(path).name for path in recordings.paths]


def evaluate_fold(undertone, packed, trained, output):
    """The file of a model's embeddings, as the engine takes it: tested is who did not train the encoder."""
    support.train("fold", packed, trained, "--model", "report", "-o", output)
    report = json.loads(support.run(undertone, "evaluate", output, "--split", "published", "--pca", "none", "--json", "--quiet"))
    (fold,) = report["evaluations"][0]["fold_outcomes"]
    heard = len(EMOTIONS) * (len(SPEAKERS) - 1)
    assert (fold["train_samples"], fold["test_samples"], fold["shared_speakers"]) == (heard, len(EMOTIONS), 0), fold
    assert {clip["speaker"] for clip in report["evaluations"][0]["clips"]} == {"ravdess-15"}


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        # transformers takes whole frames of two rows alone; the engine, and the training, half of one at the end.
        metadata = support.write_corpus(folder, SPEAKERS, EMOTIONS, multiple=320 if OTHERS else 1)
        packed, trained = folder / "recordings.npz", folder / "trained"
        support.train("pack", metadata, "-o", packed)
        support.train("train", packed, "-o", trained, "--export", "--model", "report", "--model", "shipped:rate=0.002", *SHAPE, *SHORT)

        from undertone_training.recordings import Recordings  # pylint: disable=import-outside-toplevel

        recordings = Recordings.load(packed)
        with np.load(trained / "embeddings.npz", allow_pickle=False) as archive:
            expected = archive["embeddings"].astype(np.float32)
        assert expected.shape == (2, len(SPEAKERS) * len(EMOTIONS), 32), expected.shape
        for model, checkpoint in enumerate(("00-report", "01-shipped")):
            if OTHERS:
                found, names = of_transformers(recordings, trained / checkpoint)
            else:
                found, names = of_the_engine(sys.argv[1], metadata, trained / checkpoint, folder / f"{model}.npz")
            assert names == [pathlib.Path(path).name for path in recordings.paths], names
            a = found / np.linalg.norm(found, axis=1, keepdims=True)
            b = expected[model] / np.linalg.norm(expected[model], axis=1, keepdims=True)
            cosines = a @ b.T
            own, others = np.diag(cosines), cosines[~np.eye(len(cosines), dtype=bool)]
            print(f"{checkpoint}: cosine {own.min():.7f} at least with its own, {others.max():.5f} at most with another clip's")
            assert own.min() > COSINE, own
            assert others.max() < COSINE, "the clips' embeddings are all alike: nothing was compared"
        if not OTHERS:
            evaluate_fold(sys.argv[1], packed, trained, folder / "fold.npz")
        difference = np.abs(expected[0] - expected[1]).max()
        assert difference > 1e-3, "both models are the same: nothing was learned apart"


if __name__ == "__main__":
    main()
