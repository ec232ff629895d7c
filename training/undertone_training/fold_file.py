"""What one model of a training made of all clips, as a file of embeddings with the column `split`: `test` are the clips of speakers that
it has not heard: for `undertone evaluate --split published`, and for probabilities that are calibrated on new voices.

The embeddings are rounded to half precision, as the training keeps them; a checkpoint that was exported gives the same to more digits
by `undertone extract`.
"""

import hashlib
import json
from pathlib import Path

import numpy as np

from . import embedding_file
from .recordings import Recordings
from .splits import side

COLUMNS = ["filepath", "emotion", "speaker_id", "corpus", "split"]


def rows_of(recordings: Recordings, split: str) -> list[dict[str, str]]:
    """Of each clip the COLUMNS, as this split divides the speakers."""
    texts = zip(recordings.paths, recordings.emotions, recordings.speakers, recordings.corpora, side(split, recordings.speakers))
    return [dict(zip(COLUMNS, row)) for row in texts]


def write(recordings: Recordings, folder: Path, name: str, output: Path) -> None:
    names = [result["model"] for result in json.loads((folder / "results.json").read_text(encoding="utf-8"))]
    if name not in names:
        raise SystemExit(f"{folder}: has no model '{name}', but {', '.join(names)}")
    layers = json.loads((folder / "run.json").read_text(encoding="utf-8"))["shape"]["layers"]
    with np.load(folder / "embeddings.npz", allow_pickle=False) as archive:
        values = archive["embeddings"][names.index(name)].astype(np.float32)
    if len(values) != len(recordings):
        raise SystemExit(f"{folder}: {len(values)} embeddings where there are {len(recordings)} recordings")
    rows = rows_of(recordings, name.partition(":")[0])
    # Of the embeddings, because the weights need not have been kept.
    fingerprint = hashlib.sha256(values.tobytes()).hexdigest()
    embedding_file.write(output, COLUMNS, rows, values, encoder=name, fingerprint=fingerprint, layer=layers)
