"""The encoder of a Whisper model in CTranslate2's format (model.bin), as faster-whisper uses it: for where no other copy is at hand.

The format: a version, the name and revision of a specification, a number of variables, and of each its name, shape, type
and values; all little-endian (github.com/OpenNMT/CTranslate2, python/ctranslate2/specs/model_spec.py).
"""

import struct
from pathlib import Path

import numpy as np
import torch

from .checkpoint import PREFIX, export, put_tensors
from .encoder import Encoders, Shape, sinusoids

TYPES = {0: "<f4", 1: "i1", 2: "<i2", 3: "<i4", 4: "<f2"}
VERSION = 6


class _Reader:
    def __init__(self, blob: bytes):
        self.blob, self.at = blob, 0

    def take(self, size: int) -> bytes:
        if self.at + size > len(self.blob):
            raise SystemExit("the CTranslate2 model ends too early: is it complete?")
        self.at += size
        return self.blob[self.at - size : self.at]

    def number(self, kind: str) -> int:
        return struct.unpack("<" + kind, self.take(struct.calcsize("<" + kind)))[0]

    def text(self) -> str:
        return self.take(self.number("H")).rstrip(b"\0").decode()


def variables_of(blob: bytes) -> dict[str, np.ndarray]:
    reader = _Reader(blob)
    version = reader.number("I")
    if version != VERSION:
        raise SystemExit(f"a CTranslate2 model of version {version}; version {VERSION} is read")
    name, _ = reader.text(), reader.number("I")
    if name != "WhisperSpec":
        raise SystemExit(f"a CTranslate2 model of a {name}, not of Whisper")
    found = {}
    for _ in range(reader.number("I")):
        key = reader.text()
        shape = [reader.number("I") for _ in range(reader.number("B"))]
        kind = reader.number("B")
        if kind not in TYPES:
            raise SystemExit(f"{key}: of the type {kind}, which is not read")
        found[key] = np.frombuffer(reader.take(reader.number("I")), TYPES[kind]).reshape(shape)
    return found


def tensors_of(variables: dict[str, np.ndarray]) -> tuple[Shape, dict[str, torch.Tensor]]:
    found = {}

    def put(name, key, norm=False):
        for ours, theirs in (("weight", "gamma" if norm else "weight"), ("bias", "beta" if norm else "bias")):
            found[f"{PREFIX}{name}.{ours}"] = torch.from_numpy(variables[f"encoder/{key}/{theirs}"].astype(np.float32))

    put("conv1", "conv1")
    put("conv2", "conv2")
    put("layer_norm", "layer_norm", norm=True)
    layers = 0
    while f"encoder/layer_{layers}/ffn/linear_0/weight" in variables:
        ours, theirs = f"layers.{layers}.", f"layer_{layers}/"
        put(ours + "self_attn_layer_norm", theirs + "self_attention/layer_norm", norm=True)
        put(ours + "qkv", theirs + "self_attention/linear_0")
        put(ours + "self_attn.out_proj", theirs + "self_attention/linear_1")
        put(ours + "final_layer_norm", theirs + "ffn/layer_norm", norm=True)
        put(ours + "fc1", theirs + "ffn/linear_0")
        put(ours + "fc2", theirs + "ffn/linear_1")
        for kind in ("weight", "bias"):
            for letter, part in zip("qkv", found.pop(f"{PREFIX}{ours}qkv.{kind}").chunk(3)):
                found[f"{PREFIX}{ours}self_attn.{letter}_proj.{kind}"] = part
        layers += 1
    width, bins, _ = found[PREFIX + "conv1.weight"].shape
    positions = variables["encoder/position_encodings/encodings"].astype(np.float32)
    inner = found[PREFIX + "layers.0.fc1.bias"].numel()
    shape = Shape(bins, width, layers, int(variables["encoder/num_heads"]), inner, len(positions))
    if np.abs(positions - sinusoids(len(positions), width).numpy()).max() > 1e-3:
        raise SystemExit("the model's table of positions is not Whisper's")
    if any(found[f"{PREFIX}layers.{layer}.self_attn.k_proj.bias"].abs().max() > 0 for layer in range(layers)):
        raise SystemExit("the model has biases of keys; Whisper's have none")
    return shape, found


def convert(model: Path, folder: Path) -> Shape:
    """`model` is model.bin, or its parts in order joined."""
    shape, tensors = tensors_of(variables_of(model.read_bytes()))
    encoders = Encoders(1, shape)
    put_tensors(tensors, encoders)
    export(encoders, 0, folder)
    return shape
