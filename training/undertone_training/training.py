"""The training of several models side by side, on one device."""

import json
import math
import time
from collections import Counter
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from .augmentation import Augmentation
from .checkpoint import put_tensors, read_safetensors
from .classifiers import Classifiers
from .committee import Committee
from .encoder import Shape, pool
from .optimiser import StackedAdamW
from .recipe import Recipe, stack
from .recordings import Recordings
from .splits import held_out

SHARES = {"ravdess": 0.4, "emodb": 0.2, "nemo": 0.4}  # of the batches; other corpora share equally


class _Reverse(torch.autograd.Function):
    """The identity, whose gradient is reversed and scaled (Ganin & Lempitsky 2015)."""

    @staticmethod
    def forward(ctx, x, scale):
        ctx.save_for_backward(scale)
        return x.clone()

    @staticmethod
    def backward(ctx, gradient):
        return -gradient * ctx.saved_tensors[0], None


def draw_order(recordings: Recordings, without: list[frozenset], steps: int, batch: int, seed: int) -> np.ndarray:
    """Indices [steps, models, batch]: corpora by their shares, in each every emotion as often as the others."""
    generator = np.random.default_rng(seed)
    order = np.empty((steps, len(without), batch), np.int32)
    for model, out in enumerate(without):
        known = np.array([s not in out for s in recordings.speakers])
        kinds = Counter(k for k, used in zip(zip(recordings.corpora, recordings.emotions), known) if used)
        emotions_of = Counter(corpus for corpus, _ in kinds)
        weight = np.array(
            [
                SHARES.get(corpus, 0.3) / emotions_of[corpus] / kinds[corpus, emotion] if used else 0.0
                for corpus, emotion, used in zip(recordings.corpora, recordings.emotions, known)
            ]
        )
        order[:, model] = generator.choice(len(weight), size=(steps, batch), p=weight / weight.sum())
    return order


def schedule(step: int, steps: int, warm_up: int) -> float:
    """A line up, then half a cosine down."""
    if step < warm_up:
        return (step + 1) / warm_up
    return 0.5 * (1.0 + math.cos(math.pi * (step - warm_up) / max(1, steps - warm_up)))


def whitened(features: np.ndarray, components: int) -> np.ndarray:
    """Principal components of the standardised features, each with the variance 1."""
    centred = (features - features.mean(0)) / (features.std(0) + 1e-6)
    left, _, _ = np.linalg.svd(centred.astype(np.float64), full_matrices=False)
    return (left[:, :components] * math.sqrt(len(features))).astype(np.float32)


class Trainer:
    def __init__(self, recordings: Recordings, splits: list[str], recipes: list[Recipe], shape: Shape, *,
                 steps: int, batch: int, seconds: float, device: str, seed: int, dropout: float = 0.1,
                 compiled: bool = False, committee: Path | None = None,
                 start: Path | None = None, bfloat16: bool = False):  # fmt: skip
        torch.manual_seed(seed)
        self.recordings, self.splits, self.recipes, self.shape = recordings, splits, recipes, shape
        self.steps, self.batch, self.device, self.dropout = steps, batch, torch.device(device), dropout
        self.bfloat16 = bfloat16 or self.device.type == "cuda"
        self.emotions = sorted(set(recordings.emotions))
        speakers = sorted(set(recordings.speakers))
        models = len(splits)
        self.features_of = torch.from_numpy(whitened(recordings.features, 64)).to(self.device)
        self.models = Classifiers(models, shape, len(self.emotions), len(speakers), self.features_of.shape[1])
        if start:
            put_tensors(read_safetensors(start / "model.safetensors"), self.models.encoders)
        self.models.to(self.device)
        self.encode = torch.compile(self.models.encoders) if compiled else self.models.encoders
        self.values = stack(recipes, self.device)
        self.committee = Committee(committee, splits, recordings, self.device, compiled) if committee else None
        self.optimiser = StackedAdamW(self.models.parameters(), self.values["rate"], self.values["weight_decay"])
        self.emotion_of = torch.tensor([self.emotions.index(e) for e in recordings.emotions], device=self.device)
        self.speaker_of = torch.tensor([speakers.index(s) for s in recordings.speakers], device=self.device)
        self.augment = Augmentation(
            torch.from_numpy(recordings.samples).to(self.device),
            torch.from_numpy(recordings.offsets).to(self.device),
            self.values, seconds, shape.mels,
        )  # fmt: skip
        without = [held_out(split, recordings.speakers) for split in splits]
        self.order = torch.from_numpy(draw_order(recordings, without, steps, batch, seed)).to(self.device)
        # What a replayed step reads and writes stays at its place.
        self.clips = self.order[0].long()
        self.scale = torch.zeros((), device=self.device)
        self.count = torch.ones((), device=self.device)
        self.losses = torch.zeros(models, device=self.device)

    def step(self) -> None:
        """One step of every model, on `clips`, at `scale` times the rate."""
        values, clips = self.values, self.clips
        models, batch = clips.shape
        with torch.no_grad():
            mel, rows = self.augment(clips)
            # Two voices at once, and as much of each one's emotion.
            part = torch.where(torch.rand(clips.shape, device=self.device) < values["mixup"],
                               0.5 + 0.5 * torch.rand(clips.shape, device=self.device),
                               torch.ones(clips.shape, device=self.device))  # fmt: skip
            other = mel.roll(1, 1)
            mixed = part < 1.0
            mel = torch.where(mixed[..., None, None], part[..., None, None] * mel + (1 - part[..., None, None]) * other, mel)
            rows = torch.where(mixed, torch.maximum(rows, rows.roll(1, 1)), rows)
            length = mel.shape[2] // 2
            shifted = torch.rand(clips.shape, device=self.device) < values["shift"]
            first = torch.rand(clips.shape, device=self.device) * (self.shape.positions - length)
            first = torch.where(shifted, first, torch.zeros_like(first)).long()
            depth = torch.arange(1, self.shape.layers + 1, device=self.device)[:, None, None] / self.shape.layers
            survive = 1.0 - depth * values["layer_drop"]
            keep = (torch.rand(self.shape.layers, models, batch, device=self.device) < survive) / survive
            emotion = self.emotion_of[clips]
            target = F.one_hot(emotion, len(self.emotions)).float()
            target = part[..., None] * target + (1 - part[..., None]) * target.roll(1, 1)
            smoothing = values["label_smoothing"][..., None]
            target = (1 - smoothing) * target + smoothing / len(self.emotions)
            if self.committee:
                share = values["committee"][..., None]
                target = (1 - share) * target + share * self.committee.opinion(mel, rows, first, clips, values["unheard"])
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16, cache_enabled=False):
            hidden, valid = self.encode(mel, rows, first, keep[..., None, None], self.dropout)
            embedding = pool(hidden, valid)
            kept = torch.rand_like(embedding) >= values["embedding_dropout"][..., None]
            dropped = embedding * kept / (1.0 - values["embedding_dropout"][..., None])
            logits = self.models.emotion(dropped).float()
            reversed_ = _Reverse.apply(embedding, values["adversary"][..., None])
            speaker = self.models.speaker(reversed_).float()
            features = self.models.features(embedding).float()
        loss = -(target * logits.log_softmax(-1)).sum(-1).mean(1)
        speaker_loss = F.cross_entropy(speaker.flatten(0, 1), self.speaker_of[clips].flatten(), reduction="none")
        speaker_loss = speaker_loss.view(clips.shape).mean(1)
        alone = (~mixed).float()[..., None]  # of two voices at once there is no one pitch
        feature_loss = ((features - self.features_of[clips]).square() * alone).mean((1, 2)) * values["features"][:, 0]
        (loss + speaker_loss + feature_loss).sum().backward()
        self.optimiser.step(self.scale, self.count)
        self.losses.copy_(loss.detach())

    def _prepare(self, number: int) -> None:
        self.clips.copy_(self.order[number])
        self.scale.fill_(schedule(number, self.steps, min(500, self.steps // 10)))
        self.count.fill_(number + 1)

    def _recorded(self):
        """A step as a CUDA graph: what it launches once, replayed with other clips."""
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for number in range(3):  # what is made once: plans, workspaces, compiled kernels
                self._prepare(number)
                self.optimiser.zero_grad()
                self.step()
            self.optimiser.zero_grad()
        torch.cuda.current_stream().wait_stream(aside)
        torch.cuda.synchronize()
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self.step()
        return graph.replay

    def _single(self) -> None:
        self.optimiser.zero_grad()
        self.step()

    def run(self, log: Path | None = None, every: int = 50) -> None:
        self.models.train()
        step = self._recorded() if self.device.type == "cuda" else self._single
        begun = time.monotonic()
        lines = []
        for number in range(self.steps):
            self._prepare(number)
            step()
            if number % every == every - 1 or number + 1 == self.steps:
                losses = [round(value, 4) for value in self.losses.tolist()]
                line = {"step": number + 1, "seconds": round(time.monotonic() - begun, 1), "loss": losses}
                lines.append(json.dumps(line))
                print(lines[-1], flush=True)
                if log:
                    log.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self._take_averages()

    @torch.no_grad()
    def _take_averages(self) -> None:
        for parameter, averaged in zip(self.optimiser.parameters, self.optimiser.averaged):
            parameter.copy_(averaged)
