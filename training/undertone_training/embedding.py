"""Embeddings and emotions of whole clips, as Undertone's engine computes them."""

import numpy as np
import torch

from .encoder import pool
from .log_mel import HOP, RATE, LogMel, normalise
from .recordings import Recordings


@torch.no_grad()
def embed(classifiers, recordings: Recordings, device, level: torch.Tensor, frames_at_once: int = 6000):
    """`level` [models, 1]: 1 where waveforms are normalised.

    Embeddings [models, clips, width] and logits [models, clips, emotions], both float32.

    A clip alone gives the same numbers: rows of silence after it are masked."""
    classifiers.eval()
    encoders = classifiers.encoders
    log_mel = LogMel(encoders.shape.mels, device)
    lengths = np.minimum(np.diff(recordings.offsets), encoders.shape.positions * 2 * HOP)
    order = np.argsort(lengths, kind="stable")
    embeddings = np.empty((encoders.models, len(recordings), encoders.shape.width), np.float32)
    logits = None
    begin = 0
    while begin < len(order):
        end = begin + 1
        while end < len(order) and (end + 1 - begin) * (lengths[order[end]] // (2 * HOP)) < frames_at_once:
            end += 1
        batch = order[begin:end]
        rows = [int(lengths[i]) // HOP for i in batch]
        longest = max(rows) + max(rows) % 2
        mel = torch.zeros(2, len(batch), longest, encoders.shape.mels, device=device)
        for at, (i, count) in enumerate(zip(batch, rows)):
            wave = torch.from_numpy(recordings.clip(i)[: lengths[i]].astype(np.float32) / 32768.0).to(device)
            normalised = (wave - wave.mean()) / (wave.var(unbiased=False) + 1e-7).sqrt()
            found = log_mel(torch.stack([wave, normalised]))
            mel[:, at, :count] = normalise(found, torch.ones(found.shape[:2], dtype=torch.bool, device=device))[:, :count]
        count = torch.tensor(rows, device=device).expand(encoders.models, -1)
        hidden, valid = encoders(mel[(level[:, 0] > 0).long()], count)
        pooled = pool(hidden, valid)
        out = classifiers.emotion(pooled)
        if logits is None:
            logits = np.empty((encoders.models, len(recordings), out.shape[-1]), np.float32)
        embeddings[:, batch] = pooled.float().cpu().numpy()
        logits[:, batch] = out.float().cpu().numpy()
        begin = end
    return embeddings, logits


def unweighted_recall(truth: np.ndarray, heard: np.ndarray) -> float:
    return float(np.mean([np.mean(heard[truth == label] == label) for label in np.unique(truth)]))
