#!/usr/bin/env python3
"""Makes tests/golden/encoder: small random encoders and what the transformers library computes with them.

    python tools/make_encoder_goldens.py

Needs PyTorch, transformers, safetensors and NumPy; the versions are written into versions.json beside the goldens.
Each folder is a checkpoint as users have them; `expected.npz` in it holds, per length of the clip, all hidden states
[layers + 1, frames, hidden]. The clip is `waveform.npy`, cut to each length. Of Whisper, the frames are those that carry
audio, `features_` are the log-mel spectrograms [rows, bins], and what begins with `clip_` was computed from the clip alone,
without silence after it: the encoder's table of positions was cut to the frames that it makes.
"""

import json
import pathlib
import shutil
import sys

import numpy as np
import safetensors
import safetensors.torch
import torch
import transformers
from transformers import (HubertConfig, HubertModel, Wav2Vec2Config, Wav2Vec2FeatureExtractor, Wav2Vec2ForCTC,
                          Wav2Vec2ForPreTraining, Wav2Vec2Model, WavLMConfig, WavLMForCTC, WavLMModel,
                          WhisperConfig, WhisperFeatureExtractor, WhisperForConditionalGeneration, WhisperModel)

SEED = 20240607
LENGTHS = [400, 401, 16000, 35791]
FOLDER = pathlib.Path(__file__).resolve().parent.parent / "tests" / "golden" / "encoder"

SMALL = dict(hidden_size=32, num_hidden_layers=3, num_attention_heads=4, intermediate_size=72,
             conv_dim=[20, 20, 24, 24, 24, 28, 28], num_conv_pos_embeddings=16, num_conv_pos_embedding_groups=4,
             layerdrop=0.0, mask_time_prob=0.0, vocab_size=12)
LAYER = dict(feat_extract_norm="layer", do_stable_layer_norm=True, conv_bias=True)
GROUP = dict(feat_extract_norm="group", do_stable_layer_norm=False, conv_bias=False)


def randomize(model):
    """Weights that keep activations of unit size and make every parameter matter."""
    generator = torch.Generator().manual_seed(SEED)
    for name, parameter in sorted(model.named_parameters()):
        values = torch.randn(parameter.shape, generator=generator)
        if "norm" in name:
            parameter.data = values * 0.2 + (1.0 if name.endswith("weight") else 0.0)
        elif name.endswith("weight_g"):
            parameter.data = 1.0 + values.abs()
        elif name.endswith("gru_rel_pos_const") or name.endswith("rel_attn_embed.weight"):
            parameter.data = values
        elif parameter.dim() == 1:
            parameter.data = values * 0.2
        else:
            parameter.data = values / np.sqrt(np.prod(parameter.shape[1:])) * 1.4


def make_waveform():
    """Two gliding tones under an envelope, with noise and an offset: nothing about it is symmetric."""
    generator = np.random.default_rng(SEED)
    t = np.arange(max(LENGTHS)) / 16000.0
    tone = 0.4 * np.sin(2 * np.pi * (180 * t + 60 * t * t)) + 0.2 * np.sin(2 * np.pi * (950 * t - 120 * t * t))
    wave = tone * (0.3 + np.sin(2 * np.pi * 1.3 * t) ** 2) + 0.02 * generator.standard_normal(t.size) + 0.01
    return (np.round(wave * 16384) / 32768).astype(np.float32)


def rename(state, newer):
    """The spelling of weight norm before and since PyTorch 2.1's parametrizations."""
    pairs = [("weight_g", "parametrizations.weight.original0"), ("weight_v", "parametrizations.weight.original1")]
    renamed = {}
    for key, value in state.items():
        for old, new in pairs:
            source, target = (old, new) if newer else (new, old)
            if key.endswith("pos_conv_embed.conv." + source):
                key = key[:-len(source)] + target
        renamed[key] = value.clone().contiguous()  # no two names for one tensor
    return renamed


def save_sharded(folder, state):
    names = sorted(state)
    half = len(names) // 2
    weight_map = {}
    for number, part in enumerate([names[:half], names[half:]], start=1):
        shard = f"model-0000{number}-of-00002.safetensors"
        safetensors.torch.save_file({n: state[n] for n in part}, folder / shard, metadata={"format": "pt"})
        weight_map.update({n: shard for n in part})
    total = sum(v.numel() * v.element_size() for v in state.values())
    (folder / "model.safetensors.index.json").write_text(
        json.dumps({"metadata": {"total_size": total}, "weight_map": weight_map}, indent=1) + "\n")


def make(name, model, encoder, file_format, newer, normalize, waveform):
    randomize(model)
    model.eval()
    folder = FOLDER / name
    folder.mkdir(parents=True)
    model.config.to_json_file(folder / "config.json")
    extractor = Wav2Vec2FeatureExtractor(do_normalize=normalize)
    extractor.to_json_file(folder / "preprocessor_config.json")
    state = rename(model.state_dict(), newer)
    if file_format == "bin":
        torch.save(state, folder / "pytorch_model.bin")
    elif file_format == "sharded":
        save_sharded(folder, state)
    else:
        safetensors.torch.save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    expected = {}
    for length in LENGTHS:
        values = extractor(waveform[:length], sampling_rate=16000, return_tensors="pt").input_values
        with torch.no_grad():
            states = encoder(values, output_hidden_states=True).hidden_states
        expected[f"hidden_states_{length}"] = torch.cat(states).numpy()
    np.savez(folder / "expected.npz", **expected)
    scale = [float(np.sqrt(np.mean(s ** 2))) for s in expected[f"hidden_states_{LENGTHS[-1]}"]]
    print(f"{name}: rms of the hidden states {[round(s, 2) for s in scale]}")


def make_whisper(name, model, encoder, file_format, mel_bins, waveform):
    randomize(model)
    model.eval()
    folder = FOLDER / name
    folder.mkdir(parents=True)
    model.config.to_json_file(folder / "config.json")
    extractor = WhisperFeatureExtractor(feature_size=mel_bins, chunk_length=4)
    settings = extractor.to_dict()
    settings.pop("mel_filters", None)  # implied, and most of the file
    (folder / "preprocessor_config.json").write_text(json.dumps(settings, indent=1, sort_keys=True) + "\n")
    state = rename(model.state_dict(), newer=True)
    if file_format == "bin":
        torch.save(state, folder / "pytorch_model.bin")
    else:
        safetensors.torch.save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    expected = {}
    table = encoder.embed_positions.weight.data
    for length in LENGTHS:
        frames = (length // 160 - 1) // 2 + 1
        for context, padding in [("", "max_length"), ("clip_", "do_not_pad")]:
            features = extractor(waveform[:length], sampling_rate=16000, return_tensors="pt", padding=padding).input_features
            encoder.embed_positions.weight.data = table if padding == "max_length" else table[:frames]
            with torch.no_grad():
                states = encoder(features, output_hidden_states=True).hidden_states
            expected[f"{context}hidden_states_{length}"] = torch.cat(states)[:, :frames].numpy()
            if length in (LENGTHS[1], LENGTHS[-1]):
                expected[f"{context}features_{length}"] = features[0].numpy().T.copy()
    encoder.embed_positions.weight.data = table
    np.savez(folder / "expected.npz", **expected)
    scale = [float(np.sqrt(np.mean(s ** 2))) for s in expected[f"hidden_states_{LENGTHS[-1]}"]]
    print(f"{name}: rms of the hidden states {[round(s, 2) for s in scale]}")


def main():
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    waveform = make_waveform()
    np.save(FOLDER / "waveform.npy", waveform)

    model = HubertModel(HubertConfig(**SMALL, **LAYER))
    make("hubert-layer", model, model, "safetensors", newer=False, normalize=True, waveform=waveform)
    model = HubertModel(HubertConfig(**SMALL, **GROUP))
    make("hubert-group", model, model, "bin", newer=True, normalize=True, waveform=waveform)
    # An odd positional kernel, no norm before the projection, and the waveform as it is.
    odd = {**SMALL, "num_conv_pos_embeddings": 15}
    model = HubertModel(HubertConfig(**odd, **LAYER, feat_proj_layer_norm=False))
    make("hubert-odd", model, model, "sharded", newer=False, normalize=False, waveform=waveform)
    model = Wav2Vec2Model(Wav2Vec2Config(**SMALL, **LAYER))
    make("wav2vec2-layer", model, model, "safetensors", newer=True, normalize=True, waveform=waveform)
    # With a head, so that names carry a prefix and some tensors are nobody's.
    model = Wav2Vec2ForCTC(Wav2Vec2Config(**SMALL, **GROUP))
    make("wav2vec2-group-ctc", model, model.wav2vec2, "bin", newer=False, normalize=False, waveform=waveform)

    # So few buckets that the clips reach the last of them, as 30 s of the published models nearly do.
    buckets = dict(num_buckets=24, max_bucket_distance=70)
    model = WavLMModel(WavLMConfig(**SMALL, **{**LAYER, "conv_bias": False}, **buckets))
    make("wavlm-layer", model, model, "safetensors", newer=False, normalize=True, waveform=waveform)
    model = WavLMForCTC(WavLMConfig(**SMALL, **GROUP, **buckets))
    make("wavlm-group-ctc", model, model.wavlm, "bin", newer=False, normalize=False, waveform=waveform)
    # As pretraining leaves it: with quantizer, projections and the embedding of masked frames.
    model = Wav2Vec2ForPreTraining(Wav2Vec2Config(**SMALL, **LAYER, num_codevectors_per_group=6, codevector_dim=8,
                                                  proj_codevector_dim=8))
    make("wav2vec2-pretraining", model, model.wav2vec2, "bin", newer=False, normalize=True, waveform=waveform)

    # Four seconds of positions in place of thirty, and a decoder that is nobody's.
    small = dict(vocab_size=12, d_model=32, encoder_layers=3, encoder_attention_heads=4, encoder_ffn_dim=72,
                 decoder_layers=1, decoder_attention_heads=4, decoder_ffn_dim=16, max_source_positions=200,
                 max_target_positions=8, pad_token_id=0, bos_token_id=1, eos_token_id=2, decoder_start_token_id=1)
    model = WhisperForConditionalGeneration(WhisperConfig(num_mel_bins=80, **small))
    make_whisper("whisper-80", model, model.model.encoder, "safetensors", 80, waveform)
    model = WhisperModel(WhisperConfig(num_mel_bins=128, **small))
    make_whisper("whisper-128", model, model.encoder, "bin", 128, waveform)

    (FOLDER / "versions.json").write_text(json.dumps(
        {"seed": SEED, "python": sys.version.split()[0], "torch": torch.__version__,
         "transformers": transformers.__version__, "numpy": np.__version__,
         "safetensors": safetensors.__version__}, indent=1) + "\n")


if __name__ == "__main__":
    main()
