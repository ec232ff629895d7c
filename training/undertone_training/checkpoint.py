"""A trained encoder as a checkpoint in Whisper's layout, which Undertone's engine and the transformers library read."""

import json
import os
from pathlib import Path

import numpy as np
import torch

from .encoder import Encoders


def _convolution(weight: torch.Tensor) -> torch.Tensor:
    """[3 * inputs, outputs] to [outputs, inputs, 3]."""
    return weight.view(3, weight.shape[0] // 3, weight.shape[1]).permute(2, 1, 0)


def tensors_of(encoders: Encoders, model: int) -> dict[str, torch.Tensor]:
    found = {}

    def put(name, linears, convolution=False):
        weight = linears.weight[model].detach()
        found[name + ".weight"] = _convolution(weight) if convolution else weight.T
        if linears.bias is not None:
            found[name + ".bias"] = linears.bias[model].detach().reshape(-1)

    def put_norm(name, norms):
        found[name + ".weight"] = norms.weight[model].detach().reshape(-1)
        found[name + ".bias"] = norms.bias[model].detach().reshape(-1)

    put("conv1", encoders.conv1, convolution=True)
    put("conv2", encoders.conv2, convolution=True)
    found["embed_positions.weight"] = encoders.positions
    for index, layer in enumerate(encoders.layers):
        prefix = f"layers.{index}."
        put_norm(prefix + "self_attn_layer_norm", layer.attention_norm)
        put(prefix + "self_attn.q_proj", layer.q)
        put(prefix + "self_attn.k_proj", layer.k)
        put(prefix + "self_attn.v_proj", layer.v)
        put(prefix + "self_attn.out_proj", layer.out)
        put_norm(prefix + "final_layer_norm", layer.feed_forward_norm)
        put(prefix + "fc1", layer.fc1)
        put(prefix + "fc2", layer.fc2)
    put_norm("layer_norm", encoders.norm)
    return {"encoder." + name: tensor for name, tensor in found.items()}


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
    shape = encoders.shape
    folder.mkdir(parents=True, exist_ok=True)
    write_safetensors(folder / "model.safetensors", tensors_of(encoders, model))
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
        "chunk_length": 30,
        "feature_extractor_type": "WhisperFeatureExtractor",
        "feature_size": shape.mels,
        "hop_length": 160,
        "n_fft": 400,
        "n_samples": 480000,
        "nb_max_frames": 3000,
        "padding_side": "right",
        "padding_value": 0.0,
        "return_attention_mask": False,
        "sampling_rate": 16000,
    }
    for name, content in (("config.json", config), ("preprocessor_config.json", preprocessor)):
        temporary = folder / (name + ".tmp")
        temporary.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        os.replace(temporary, folder / name)
