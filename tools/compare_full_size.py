#!/usr/bin/env python3
"""Compares every hidden state of a full-size encoder with random weights with the transformers library.

    compare_full_size.py hubert-large --undertone BIN --hidden-states BIN

Exits with 77 ("skipped") where PyTorch, transformers or safetensors is not installed. UNDERTONE_PYTHON names another
interpreter that has them.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

SKIPPED = 77


def import_reference():
    try:
        import numpy
        import safetensors  # noqa: F401: transformers reads the weights with it
        import torch
        import transformers
        return numpy, torch, transformers
    except ImportError as error:
        print(f"skipped: {error}")
        sys.exit(SKIPPED)


def compare(numpy, found, expected, layer):
    difference = numpy.abs(found.astype("f8") - expected)
    rms = float(numpy.sqrt(numpy.mean(expected.astype("f8") ** 2)))
    largest = float(difference.max()) / max(1.0, rms)
    cosine = float((found.astype("f8") * expected).sum() / numpy.linalg.norm(found.astype("f8")) / numpy.linalg.norm(
        expected.astype("f8")))
    print(f"layer {layer}: rms {rms:.3f}, largest difference / max(1, rms) {largest:.2e}, cosine 1 - {1 - cosine:.1e}")
    return largest <= 1e-4 and cosine >= 0.999999


def waveform_encoder(transformers, folder, wave):
    extractor = transformers.Wav2Vec2FeatureExtractor.from_pretrained(folder)
    values = extractor(wave, sampling_rate=16000, return_tensors="pt").input_values
    return transformers.AutoModel.from_pretrained(folder), values


def whisper_encoder(transformers, folder, wave):
    """The encoder alone: a random checkpoint has no decoder, which a whole model would make up."""
    from safetensors.torch import load_file
    from transformers.models.whisper.modeling_whisper import WhisperEncoder
    model = WhisperEncoder(transformers.WhisperConfig.from_pretrained(folder))
    prefix = "model.encoder."
    model.load_state_dict({name[len(prefix):]: value for name, value in load_file(folder / "model.safetensors").items()})
    extractor = transformers.WhisperFeatureExtractor.from_pretrained(folder)
    return model, extractor(wave, sampling_rate=16000, return_tensors="pt").input_features


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("preset")
    parser.add_argument("--undertone", required=True)
    parser.add_argument("--hidden-states", required=True)
    parser.add_argument("--samples", type=int, default=35791)
    arguments = parser.parse_args()
    other = os.environ.get("UNDERTONE_PYTHON")
    if other and pathlib.Path(other).resolve() != pathlib.Path(sys.executable).resolve() and "UNDERTONE_NESTED" not in os.environ:
        sys.exit(subprocess.run([other, *sys.argv], env={**os.environ, "UNDERTONE_NESTED": "1"}, check=False).returncode)
    numpy, torch, transformers = import_reference()

    with tempfile.TemporaryDirectory(prefix="undertone-golden-") as folder:
        folder = pathlib.Path(folder)
        model_folder = folder / arguments.preset
        subprocess.run([arguments.undertone, "models", "random", arguments.preset, "-o", model_folder, "--seed", "1"],
                       check=True)
        wave = numpy.random.default_rng(1).standard_normal(arguments.samples).astype("f4") * 0.1
        numpy.save(folder / "waveform.npy", wave)
        subprocess.run([arguments.hidden_states, model_folder, folder / "waveform.npy", folder / "found.npz"], check=True)

        load = whisper_encoder if arguments.preset.startswith("whisper") else waveform_encoder
        model, values = load(transformers, model_folder, wave)
        with torch.no_grad():
            expected = model.eval()(values, output_hidden_states=True).hidden_states
        found = numpy.load(folder / "found.npz")
        # Of Whisper, the reference has frames of the silence after the clip too.
        frames = len(found["hidden_state_0"])
        agree = [compare(numpy, found[f"hidden_state_{i}"], state[0, :frames].numpy(), i)
                 for i, state in enumerate(expected)]
        if len(found.files) != len(agree) or not all(agree):
            print("hidden states disagree")
            sys.exit(1)


if __name__ == "__main__":
    main()
