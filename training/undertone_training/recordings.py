"""Recordings in memory: 16 kHz samples with corpus, speaker and emotion, from metadata made by `undertone prepare`."""

import csv
import json
import math
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import handmade

RATE = 16_000


@dataclass
class Recordings:
    samples: np.ndarray  # int16, every clip after the other
    offsets: np.ndarray  # int64 [clips + 1], where each begins
    emotions: list[str]
    speakers: list[str]
    corpora: list[str]
    paths: list[str]
    features: np.ndarray  # float32 [clips, values], made by hand: see handmade.py

    def __len__(self) -> int:
        return len(self.emotions)

    def clip(self, index: int) -> np.ndarray:
        return self.samples[self.offsets[index] : self.offsets[index + 1]]

    def save(self, path: Path) -> None:
        texts = {name: getattr(self, name) for name in ("emotions", "speakers", "corpora", "paths")}
        temporary = Path(path).with_suffix(".tmp.npz")
        arrays = {"samples": self.samples, "offsets": self.offsets, "features": self.features}
        np.savez(temporary, texts=json.dumps(texts), **arrays)
        os.replace(temporary, path)

    @staticmethod
    def load(path: Path) -> "Recordings":
        with np.load(path, allow_pickle=False) as archive:
            texts = json.loads(str(archive["texts"]))
            arrays = {name: archive[name] for name in ("samples", "offsets", "features")}
            return Recordings(**arrays, **texts)


def read_clip(path: Path) -> np.ndarray:
    """The clip as int16 at 16 kHz, its channels averaged."""
    import soundfile  # pylint: disable=import-outside-toplevel
    from scipy.signal import resample_poly  # pylint: disable=import-outside-toplevel

    signal, rate = soundfile.read(path, dtype="float64", always_2d=True)
    signal = signal.mean(axis=1)
    if rate != RATE:
        common = math.gcd(rate, RATE)
        signal = resample_poly(signal, RATE // common, rate // common)
    return np.clip(np.round(signal * 32768), -32768, 32767).astype(np.int16)


def read_recordings(metadata: list[Path]) -> Recordings:
    """Every clip of the metadata files; paths in them are relative to the file."""
    clips, emotions, speakers, corpora, paths = [], [], [], [], []
    for file in metadata:
        with open(file, newline="", encoding="utf-8") as rows:
            for row in csv.DictReader(rows):
                clips.append(read_clip(Path(file).parent / row["filepath"]))
                emotions.append(row["emotion"])
                speakers.append(row["speaker_id"])
                corpora.append(row["corpus"])
                paths.append(row["filepath"])
    if not clips:
        raise SystemExit("no recordings in " + ", ".join(map(str, metadata)))
    offsets = np.concatenate([[0], np.cumsum([len(clip) for clip in clips])]).astype(np.int64)
    with ProcessPoolExecutor() as pool:
        features = np.stack(list(pool.map(handmade.features, clips, chunksize=50)))
    return Recordings(np.concatenate(clips), offsets, emotions, speakers, corpora, paths, features)
