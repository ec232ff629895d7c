"""The features made by hand as a file of embeddings, so that `undertone train` and `evaluate` judge them like any encoder's."""

import hashlib
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from . import handmade, metadata
from .recordings import read_clip

LISTS = {"emotion": "labels", "speaker_id": "speakers", "sentence_id": "sentences", "corpus": "corpora", "filepath": "paths"}


def _features(path: str) -> np.ndarray:
    return handmade.features(read_clip(Path(path)))


def table(columns: list[str], rows: list[dict[str, str]], values: np.ndarray) -> dict[str, np.ndarray]:
    """The arrays that docs/cli.md#extract lists."""
    texts = {name: np.array([row.get(column, "") for row in rows]) for column, name in LISTS.items()}
    texts |= {f"metadata_{name}": np.array([row[name] for row in rows]) for name in columns if name not in LISTS}
    stems = [Path(row["filepath"]).stem for row in rows]
    distinct = len(set(stems)) == len(stems)
    return texts | {
        "ids": np.array(stems if distinct else [str(number) for number in range(len(rows))]),
        "failed_paths": np.array([], "U1"),
        "failed_reasons": np.array([], "U1"),
        "embeddings": values.astype("<f4"),
        "layer": np.array(0, np.int64),
        "encoder": np.array("hand-made features"),
        "encoder_fingerprint": np.array(hashlib.sha256(Path(handmade.__file__).read_bytes()).hexdigest()),
        "pooling": np.array("mean"),
        "resampler": np.array("scipy.signal.resample_poly"),
    }


def write(files: list[Path], output: Path) -> tuple[int, int]:
    """Returns how many clips, and values of each."""
    columns, rows = metadata.read(files)
    with ProcessPoolExecutor() as pool:
        values = np.stack(list(pool.map(_features, [row["filepath"] for row in rows], chunksize=50)))
    temporary = Path(str(output) + ".tmp.npz")
    np.savez(temporary, **table(columns, rows, values))
    os.replace(temporary, output)
    return values.shape
