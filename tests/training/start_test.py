#!/usr/bin/env python3
"""Training begins from the encoder that it is given: one in CTranslate2's format, and a checkpoint."""

import pathlib
import struct
import tempfile

import support

support.require("numpy", "soundfile", "torch")

import numpy as np  # pylint: disable=wrong-import-position
import torch  # pylint: disable=wrong-import-position

from undertone_training import ctranslate2_file  # pylint: disable=wrong-import-position
from undertone_training.checkpoint import read_safetensors, read_shape  # pylint: disable=wrong-import-position
from undertone_training.encoder import Shape, sinusoids  # pylint: disable=wrong-import-position

SHAPE = Shape(mels=80, width=32, layers=2, heads=2, inner=48, positions=60)
SHORT = ["--steps", "2", "--batch", "4", "--seconds", "1", "--device", "cpu"]


def random_model():
    """Variables as CTranslate2 names and lays them out."""
    generator = np.random.default_rng(5)
    found = {"encoder/num_heads": np.array(SHAPE.heads, np.int16)}

    def put(name, *shape):
        found[name] = generator.normal(0.0, 0.1, shape).astype(np.float16)

    def put_layer(name, outputs, *inputs, kinds=("weight", "bias")):
        put(f"encoder/{name}/{kinds[0]}", outputs, *inputs)
        put(f"encoder/{name}/{kinds[1]}", outputs)

    put_layer("conv1", SHAPE.width, SHAPE.mels, 3)
    put_layer("conv2", SHAPE.width, SHAPE.width, 3)
    for layer in range(SHAPE.layers):
        prefix = f"layer_{layer}/"
        put_layer(prefix + "self_attention/layer_norm", SHAPE.width, kinds=("gamma", "beta"))
        put_layer(prefix + "self_attention/linear_0", 3 * SHAPE.width, SHAPE.width)
        found[f"encoder/{prefix}self_attention/linear_0/bias"][SHAPE.width : 2 * SHAPE.width] = 0
        put_layer(prefix + "self_attention/linear_1", SHAPE.width, SHAPE.width)
        put_layer(prefix + "ffn/layer_norm", SHAPE.width, kinds=("gamma", "beta"))
        put_layer(prefix + "ffn/linear_0", SHAPE.inner, SHAPE.width)
        put_layer(prefix + "ffn/linear_1", SHAPE.width, SHAPE.inner)
    put_layer("layer_norm", SHAPE.width, kinds=("gamma", "beta"))
    found["encoder/position_encodings/encodings"] = sinusoids(SHAPE.positions, SHAPE.width).numpy().astype(np.float16)
    put("decoder/layer_norm/gamma", 7)  # what is not the encoder's is left
    return found


def as_bytes(variables, name=b"WhisperSpec", version=6):
    def text(value):
        return struct.pack("<H", len(value) + 1) + value + b"\0"

    blob = struct.pack("<I", version) + text(name) + struct.pack("<II", 3, len(variables))
    for key, values in variables.items():
        kind = {np.dtype(np.float16): 4, np.dtype(np.int16): 2}[values.dtype]
        blob += text(key.encode()) + struct.pack(f"<B{values.ndim}I", values.ndim, *values.shape)
        blob += struct.pack("<BI", kind, values.nbytes) + values.tobytes()
    return blob


def refused(blob, part):
    try:
        ctranslate2_file.tensors_of(ctranslate2_file.variables_of(blob))
    except SystemExit as refusal:
        assert part in str(refusal), refusal
    else:
        raise AssertionError(f"not refused: {part}")


def check_refusals(variables):
    whole = as_bytes(variables)
    refused(whole[:1000], "ends too early")
    refused(as_bytes(variables, name=b"TransformerSpec"), "TransformerSpec")
    refused(as_bytes(variables, version=7), "version 7")
    moved = dict(variables)
    moved["encoder/position_encodings/encodings"] = variables["encoder/position_encodings/encodings"][::-1].copy()
    refused(as_bytes(moved), "table of positions")


def main():
    variables = random_model()
    check_refusals(variables)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "model.bin").write_bytes(as_bytes(variables))
        support.train("convert", folder / "model.bin", "-o", folder / "begin")
        assert read_shape(folder / "begin") == SHAPE
        begin = read_safetensors(folder / "begin" / "model.safetensors")
        fused = torch.from_numpy(variables["encoder/layer_1/self_attention/linear_0/weight"].astype(np.float32))
        for letter, part in zip("qkv", fused.chunk(3)):
            torch.testing.assert_close(begin[f"encoder.layers.1.self_attn.{letter}_proj.weight"], part, rtol=0, atol=0)
        convolution = variables["encoder/conv2/weight"].astype(np.float32)
        torch.testing.assert_close(begin["encoder.conv2.weight"], torch.from_numpy(convolution), rtol=0, atol=0)

        packed, trained = folder / "recordings.npz", folder / "trained"
        support.train("pack", support.write_corpus(folder, ["ravdess-01", "emodb-03"], ["Angry", "Sad"]), "-o", packed)
        models = ["--model", "shipped:rate=0", "--model", "shipped:rate=0.01"]
        support.train("train", packed, "-o", trained, "--start", folder / "begin", "--layers", "1", "--export", *models, *SHORT)
        still, moved = (read_safetensors(trained / f"{at:02d}-shipped" / "model.safetensors") for at in (0, 1))
        assert len(still) == len(begin) - 15, "one layer of two was asked for"
        for key, tensor in still.items():
            torch.testing.assert_close(tensor, begin[key], rtol=0, atol=0)
        changed = sum(bool((moved[key] != tensor).any()) for key, tensor in still.items())
        assert changed == len(still) - 1, "all but the table of positions should have learned"


if __name__ == "__main__":
    main()
