"""The features made by hand as a file of embeddings, so that `undertone train` and `evaluate` judge them like any encoder's."""

import hashlib
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from . import embedding_file, fold_file, handmade, metadata
from .recordings import Recordings, read_clip


def _features(path: str) -> np.ndarray:
    return handmade.features(read_clip(Path(path)))


def write(files: list[Path], output: Path) -> tuple[int, int]:
    """Returns how many clips, and values of each."""
    columns, rows = metadata.read(files)
    with ProcessPoolExecutor() as pool:
        values = np.stack(list(pool.map(_features, [row["filepath"] for row in rows], chunksize=50)))
    _save(output, columns, rows, values)
    return values.shape


def write_packed(recordings: Recordings, split: str, output: Path) -> None:
    """The features that `pack` made, with the column `split`."""
    _save(output, fold_file.COLUMNS, fold_file.rows_of(recordings, split), recordings.features)


def _save(output, columns, rows, values) -> None:
    fingerprint = hashlib.sha256(Path(handmade.__file__).read_bytes()).hexdigest()
    embedding_file.write(output, columns, rows, values, encoder="hand-made features", fingerprint=fingerprint, layer=0)
