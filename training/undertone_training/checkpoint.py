"""Encoders as checkpoints in Whisper's layout, which Undertone's engine and the transformers library read."""

import json
import os
from pathlib import Path

import numpy as np
import torch

from .encoder import Encoders, Norms, Shape
from .log_mel import HOP, RATE


PREFIX = "encoder."  # WhisperForConditionalGeneration and WhisperModel have "model." before it, or nothing


def _convolution(weight: torch.Tensor) -> torch.Tensor:
    """[3 * inputs, outputs] to [outputs, inputs, 3]."""
    return weight.view(3, weight.shape[0] // 3, weight.shape[1]).permute(2, 1, 0)


def parts_of(encoders: Encoders):
    """Of each layer with weights its name in a checkpoint, itself, and whether it is a convolution."""
    yield "conv1", encoders.conv1, True
    yield "conv2", encoders.conv2, True
    for index, layer in enumerate(encoders.layers):
        prefix = f"layers.{index}."
        yield prefix + "self_attn_layer_norm", layer.attention_norm, False
        yield prefix + "self_attn.q_proj", layer.q, False
        yield prefix + "self_attn.k_proj", layer.k, False
        yield prefix + "self_attn.v_proj", layer.v, False
        yield prefix + "self_attn.out_proj", layer.out, False
        yield prefix + "final_layer_norm", layer.feed_forward_norm, False
        yield prefix + "fc1", layer.fc1, False
        yield prefix + "fc2", layer.fc2, False
    yield "layer_norm", encoders.norm, False


def tensors_of(encoders: Encoders, model: int) -> dict[str, torch.Tensor]:
    found = {PREFIX + "embed_positions.weight": encoders.positions}
    for name, part, convolution in parts_of(encoders):
        weight = part.weight[model].detach()
        if isinstance(part, Norms):
            weight = weight.reshape(-1)
        found[f"{PREFIX}{name}.weight"] = _convolution(weight) if convolution else weight.T if weight.dim() == 2 else weight
        if part.bias is not None:
            found[f"{PREFIX}{name}.bias"] = part.bias[model].detach().reshape(-1)
    return found


@torch.no_grad()
def put_tensors(tensors: dict[str, torch.Tensor], encoders: Encoders) -> None:
    """The inverse, into every model. More layers than the encoders have are left out."""
    for name, part, convolution in parts_of(encoders):
        weight = tensors[f"{PREFIX}{name}.weight"]
        weight = weight.permute(2, 1, 0).flatten(0, 1) if convolution else weight.T if weight.dim() == 2 else weight
        part.weight.copy_(weight.expand_as(part.weight) if weight.dim() == 2 else weight)
        if part.bias is not None:
            part.bias.copy_(tensors[f"{PREFIX}{name}.bias"])


def read_safetensors(path: Path) -> dict[str, torch.Tensor]:
    """The tensors of the encoder, in single precision."""
    blob = path.read_bytes()
    size = int.from_bytes(blob[:8], "little")
    found = {}
    for name, entry in json.loads(blob[8 : 8 + size]).items():
        kind = {"F16": "<f2", "F32": "<f4"}.get(entry.get("dtype"))
        _, prefix, rest = ("." + name).partition("." + PREFIX)
        if not prefix:
            continue
        if kind is None:
            raise SystemExit(f"{path}: {name} is of type {entry['dtype']}; F16 and F32 are read")
        begin, end = entry["data_offsets"]
        values = np.frombuffer(blob[8 + size + begin : 8 + size + end], kind).astype(np.float32)
        found[PREFIX + rest] = torch.from_numpy(values.reshape(entry["shape"]))
    return found


def read_shape(folder: Path) -> Shape:
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    if config["model_type"] != "whisper":
        raise SystemExit(f"{folder}: a {config['model_type']} model; encoders of the type whisper are read")
    return Shape(config["num_mel_bins"], config["d_model"], config["encoder_layers"], config["encoder_attention_heads"],
                 config["encoder_ffn_dim"], config["max_source_positions"])  # fmt: skip


def write_safetensors(path: Path, tensors: dict[str, torch.Tensor]) -> None:
    """In half precision, with the header that the safetensors format asks for."""
    header, blobs, at = {"__metadata__": {"format": "pt"}}, [], 0
    for name in sorted(tensors):
        values = tensors[name].contiguous().cpu().numpy().astype("<f2")
        if not np.isfinite(values).all():
            raise SystemExit(f"{name} does not fit into half precision")
        header[name] = {"dtype": "F16", "shape": list(values.shape), "data_offsets": [at, at + values.nbytes]}
        blobs.append(values.tobytes())
        at += values.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    temporary = Path(str(path) + ".tmp")
    with open(temporary, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for blob in blobs:
            file.write(blob)
    os.replace(temporary, path)


def export(encoders: Encoders, model: int, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    write_safetensors(folder / "model.safetensors", tensors_of(encoders, model))
    write_configuration(encoders.shape, folder)


def write_configuration(shape: Shape, folder: Path) -> None:
    config = {
        "architectures": ["WhisperEncoder"],
        "model_type": "whisper",
        "activation_function": "gelu",
        "d_model": shape.width,
        "encoder_attention_heads": shape.heads,
        "encoder_ffn_dim": shape.inner,
        "encoder_layers": shape.layers,
        "max_source_positions": shape.positions,
        "num_mel_bins": shape.mels,
        "scale_embedding": False,
        "torch_dtype": "float16",
        "undertone_context": "clip",
    }
    preprocessor = {
        "chunk_length": shape.positions * 2 * HOP // RATE,
        "feature_extractor_type": "WhisperFeatureExtractor",
        "feature_size": shape.mels,
        "hop_length": 160,
        "n_fft": 400,
        "n_samples": shape.positions * 2 * HOP,
        "nb_max_frames": shape.positions * 2,
        "padding_side": "right",
        "padding_value": 0.0,
        "return_attention_mask": False,
        "sampling_rate": 16000,
    }
    for name, content in (("config.json", config), ("preprocessor_config.json", preprocessor)):
        temporary = folder / (name + ".tmp")
        temporary.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        os.replace(temporary, folder / name)
