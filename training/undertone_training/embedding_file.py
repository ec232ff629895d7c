"""Embeddings as `undertone extract` writes them (docs/cli.md#extract), for `undertone train` and `evaluate`."""

import os
from pathlib import Path

import numpy as np

LISTS = {"emotion": "labels", "speaker_id": "speakers", "sentence_id": "sentences", "corpus": "corpora", "filepath": "paths"}


def write(path: Path, columns: list[str], rows: list[dict[str, str]], values: np.ndarray, *, encoder: str, fingerprint: str,
          layer: int) -> None:  # fmt: skip
    """Rows as metadata.read gives them, and `values` [rows, width]: what the encoder made of each."""
    arrays = {name: np.array([row.get(column, "") for row in rows]) for column, name in LISTS.items()}
    arrays |= {f"metadata_{name}": np.array([row[name] for row in rows]) for name in columns if name not in LISTS}
    stems = [Path(row["filepath"]).stem for row in rows]
    distinct = len(set(stems)) == len(stems)
    arrays |= {
        "ids": np.array(stems if distinct else [str(number) for number in range(len(rows))]),
        "failed_paths": np.array([], "U1"),
        "failed_reasons": np.array([], "U1"),
        "embeddings": values.astype("<f4"),
        "layer": np.array(layer, np.int64),
        "encoder": np.array(encoder),
        "encoder_fingerprint": np.array(fingerprint),
        "pooling": np.array("mean"),
        "resampler": np.array("band-limited, by FFT"),
    }
    temporary = Path(str(path) + ".tmp.npz")
    np.savez(temporary, **arrays)
    os.replace(temporary, path)
