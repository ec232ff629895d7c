"""Recordings in memory: 16 kHz samples with corpus, speaker and emotion, from metadata made by `undertone prepare`."""

import json
import os
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import handmade
from .metadata import read as read_metadata

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


def resample(signal: np.ndarray, rate: int) -> np.ndarray:
    """To 16 kHz, by the spectrum of the whole clip: nothing below the lower of both limits is lost, nothing above it stays."""
    length = round(len(signal) * RATE / rate)
    return np.fft.irfft(np.fft.rfft(signal)[: length // 2 + 1], length) * (length / len(signal))


def read_clip(path: Path) -> np.ndarray:
    """The clip as int16 at 16 kHz, its channels averaged."""
    import soundfile  # pylint: disable=import-outside-toplevel

    try:
        signal, rate = soundfile.read(path, dtype="float64", always_2d=True)
    except (OSError, RuntimeError) as error:
        raise SystemExit(f"{path}: cannot be read: {error}") from error
    if not len(signal):
        raise SystemExit(f"{path}: has no samples; leave it out with `undertone prepare`")
    signal = signal.mean(axis=1)
    if rate != RATE:
        signal = resample(signal, rate)
    return np.clip(np.round(signal * 32768), -32768, 32767).astype(np.int16)


def read_recordings(metadata: list[Path]) -> Recordings:
    """Every clip of the metadata files."""
    _, rows = read_metadata(metadata)
    clips = [read_clip(Path(row["filepath"])) for row in rows]
    emotions, speakers, corpora, paths = (
        [row[column] for row in rows] for column in ("emotion", "speaker_id", "corpus", "filepath")
    )
    offsets = np.concatenate([[0], np.cumsum([len(clip) for clip in clips])]).astype(np.int64)
    with ProcessPoolExecutor() as pool:
        features = np.stack(list(pool.map(handmade.features, clips, chunksize=50)))
    return Recordings(np.concatenate(clips), offsets, emotions, speakers, corpora, paths, features)
