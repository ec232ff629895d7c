#!/usr/bin/env python3
"""Makes tests/golden/heads: small random checkpoints with heads and what the reference computes with them.

    python tools/make_head_goldens.py

Needs PyTorch, transformers, safetensors and NumPy; the versions are written into versions.json beside the goldens.
Each folder is a checkpoint as users have them. `expected.npz` in it holds, per length of the clip (the encoder goldens'
`waveform.npy`, cut):

    pooled_N   [states, hidden]  the mean over the frames of each hidden state that the head takes
    hidden_N   [width]           the projected mean, or what leaves tanh
    logits_N   [labels]
    scores_N   [labels]          softmax, sigmoid, or the logits of a regression

and, for N = "windows", of two windows of the longest clip, encoded one by one, all frames weighing the same.

Sequence classification is the transformers library's. The dimensional head is not in that library: DenseHead below
computes what the model cards of such checkpoints describe.
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
from transformers import (HubertConfig, HubertForSequenceClassification, Wav2Vec2Config, Wav2Vec2FeatureExtractor,
                          Wav2Vec2ForSequenceClassification, Wav2Vec2Model, WavLMConfig, WavLMForSequenceClassification)
from transformers.models.wav2vec2.modeling_wav2vec2 import Wav2Vec2PreTrainedModel

from make_encoder_goldens import GROUP, LAYER, SEED, randomize

LENGTHS = [16000, 35791]
FIRST_WINDOW = 16000  # the rest of the longest clip is the second window
GOLDEN = pathlib.Path(__file__).resolve().parent.parent / "tests" / "golden"
FOLDER = GOLDEN / "heads"

SMALL = dict(hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=24,
             conv_dim=[12, 12, 12, 12, 12, 12, 12], num_conv_pos_embeddings=8, num_conv_pos_embedding_groups=4,
             layerdrop=0.0, mask_time_prob=0.0, vocab_size=12, classifier_proj_size=9)
SIX = ["angry", "disgust", "fear", "happy", "neutral", "sad"]


class DenseHead(torch.nn.Module):
    def __init__(self, config):
        super().__init__()
        self.dense = torch.nn.Linear(config.hidden_size, config.hidden_size)
        self.out_proj = torch.nn.Linear(config.hidden_size, config.num_labels)

    def forward(self, mean):
        return self.out_proj(torch.tanh(self.dense(mean)))


class SpeechClassification(Wav2Vec2PreTrainedModel):
    """The mean over the last hidden state's frames into the dense head."""

    def __init__(self, config):
        super().__init__(config)
        self.wav2vec2 = Wav2Vec2Model(config)
        self.classifier = DenseHead(config)

    def forward(self, values):
        return self.classifier(self.wav2vec2(values)[0].mean(dim=1))


def labels(names):
    return dict(id2label=dict(enumerate(names)), label2id={name: i for i, name in enumerate(names)})


def stages(model, states):
    """The head's stages from the frames of the hidden states [states, frames, hidden]; no use of model.forward."""
    dense = isinstance(model, SpeechClassification)
    config = model.config
    weighted = config.use_weighted_layer_sum and not dense
    taken = states if weighted else states[-1:]
    if weighted:
        frames = (taken * torch.softmax(model.layer_weights, dim=0)[:, None, None]).sum(dim=0)
    else:
        frames = taken[0]
    if dense:
        hidden = torch.tanh(model.classifier.dense(frames.mean(dim=0)))
        logits = model.classifier.out_proj(hidden)
    else:
        hidden = model.projector(frames).mean(dim=0)
        logits = model.classifier(hidden)
    scores = {"regression": lambda x: x, "multi_label_classification": torch.sigmoid}.get(
        config.problem_type, lambda x: torch.softmax(x, dim=-1))(logits)
    return {"pooled": taken.mean(dim=1), "hidden": hidden, "logits": logits, "scores": scores}


def make(name, model, architecture, file_format, waveform):
    randomize(model)
    if hasattr(model, "layer_weights"):
        model.layer_weights.data *= 5.0  # so that the hidden states weigh differently
    model.eval()
    folder = FOLDER / name
    folder.mkdir(parents=True)
    model.config.architectures = [architecture]
    model.config.to_json_file(folder / "config.json")
    extractor = Wav2Vec2FeatureExtractor(do_normalize=True)
    extractor.to_json_file(folder / "preprocessor_config.json")
    if file_format == "bin":
        torch.save(model.state_dict(), folder / "pytorch_model.bin")
    else:
        state = {key: value.contiguous() for key, value in model.state_dict().items()}
        safetensors.torch.save_file(state, folder / "model.safetensors", metadata={"format": "pt"})

    def values_of(samples):
        return extractor(samples, sampling_rate=16000, return_tensors="pt").input_values

    def states_of(samples):
        encoded = getattr(model, model.base_model_prefix)(values_of(samples), output_hidden_states=True)
        return torch.cat(encoded.hidden_states)

    expected = {}
    with torch.no_grad():
        for length in LENGTHS:
            found = stages(model, states_of(waveform[:length]))
            # The stages are only worth something if they end where the model itself does.
            output = model(values_of(waveform[:length]))
            reference = output if isinstance(output, torch.Tensor) else output.logits
            difference = float((found["logits"] - reference[0]).abs().max())
            if difference > 1e-5:
                sys.exit(f"{name}: the stages end {difference} away from the model")
            expected.update({f"{stage}_{length}": value.numpy() for stage, value in found.items()})
        longest = waveform[:LENGTHS[-1]]
        windows = torch.cat([states_of(longest[:FIRST_WINDOW]), states_of(longest[FIRST_WINDOW:])], dim=1)
        expected.update({f"{stage}_windows": value.numpy() for stage, value in stages(model, windows).items()})
    np.savez(folder / "expected.npz", **expected)
    print(f"{name}: scores {np.round(expected[f'scores_{LENGTHS[-1]}'], 3)}")


def main():
    torch.set_num_threads(1)
    torch.manual_seed(SEED)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    waveform = np.load(GOLDEN / "encoder" / "waveform.npy")

    # As the checkpoints of the SUPERB benchmark: four labels, a weighted sum of the layers.
    config = HubertConfig(**SMALL, **LAYER, **labels(["neu", "hap", "ang", "sad"]), use_weighted_layer_sum=True)
    make("hubert-weighted", HubertForSequenceClassification(config), "HubertForSequenceClassification", "safetensors",
         waveform)
    config = HubertConfig(**SMALL, **GROUP, **labels(SIX), problem_type="single_label_classification")
    make("hubert-last", HubertForSequenceClassification(config), "HubertForSequenceClassification", "bin", waveform)
    config = Wav2Vec2Config(**SMALL, **GROUP, **labels(SIX), use_weighted_layer_sum=True)
    make("wav2vec2-weighted", Wav2Vec2ForSequenceClassification(config), "Wav2Vec2ForSequenceClassification",
         "safetensors", waveform)
    config = Wav2Vec2Config(**SMALL, **LAYER, **labels(["joy", "interest", "calm"]),
                            problem_type="multi_label_classification")
    make("wav2vec2-sigmoid", Wav2Vec2ForSequenceClassification(config), "Wav2Vec2ForSequenceClassification",
         "safetensors", waveform)
    config = WavLMConfig(**SMALL, **GROUP, num_buckets=32, max_bucket_distance=80, **labels(["neu", "hap", "ang", "sad"]),
                         use_weighted_layer_sum=True)
    make("wavlm-weighted", WavLMForSequenceClassification(config), "WavLMForSequenceClassification", "safetensors",
         waveform)
    # The dimensional checkpoints' head, and the same with labels to choose from.
    config = Wav2Vec2Config(**SMALL, **LAYER, **labels(["arousal", "dominance", "valence"]), problem_type="regression",
                            pooling_mode="mean")
    make("wav2vec2-dimensions", SpeechClassification(config), "Wav2Vec2ForSpeechClassification", "bin", waveform)
    config = Wav2Vec2Config(**SMALL, **GROUP, **labels(SIX), problem_type="single_label_classification",
                            pooling_mode="mean")
    make("wav2vec2-dense", SpeechClassification(config), "Wav2Vec2ForSpeechClassification", "safetensors", waveform)

    (FOLDER / "versions.json").write_text(json.dumps(
        {"seed": SEED, "python": sys.version.split()[0], "torch": torch.__version__,
         "transformers": transformers.__version__, "numpy": np.__version__,
         "safetensors": safetensors.__version__}, indent=1) + "\n")


if __name__ == "__main__":
    main()
