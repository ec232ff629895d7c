"""What the selection folds say of each recipe: the evidence by which one was chosen.

Every embedding is judged as it is used: scaler, 150 components and an SVM (C = 1, balanced class weights) of the six emotions,
trained on the speakers that the fold's encoder was trained on, tested on the fold's own. Test speakers take no part.
"""

import json
import re
from pathlib import Path

import numpy as np

from . import handmade
from .recall import unweighted_recall
from .recordings import Recordings
from .splits import FOLDS, side

EMOTIONS = ("Neutral", "Happy", "Sad", "Angry", "Fear", "Disgust")
COMPONENTS = 150
EVERY = 4  # of the logged steps one is kept


class Judge:
    def __init__(self, recordings: Recordings):
        self.recordings = recordings
        self.emotions = np.array(recordings.emotions)
        self.corpora = np.array(recordings.corpora)
        self.used = np.isin(self.emotions, EMOTIONS)

    def recall(self, values: np.ndarray, split: str) -> dict[str, float]:
        """Unweighted average recall on each corpus's clips of the fold."""
        from sklearn.decomposition import PCA  # pylint: disable=import-outside-toplevel
        from sklearn.pipeline import make_pipeline  # pylint: disable=import-outside-toplevel
        from sklearn.preprocessing import StandardScaler  # pylint: disable=import-outside-toplevel
        from sklearn.svm import SVC  # pylint: disable=import-outside-toplevel

        sides = np.array(side(split, self.recordings.speakers))
        train, test = (self.used & (sides == name) for name in ("train", "test"))
        components = PCA(min(COMPONENTS, values.shape[1]), svd_solver="full")
        judge = make_pipeline(StandardScaler(), components, SVC(C=1.0, class_weight="balanced"))
        judge.fit(values[train], self.emotions[train])
        heard = judge.predict(values)
        found = {}
        for corpus in sorted(set(self.corpora)):
            these = test & (self.corpora == corpus)
            if these.any():
                found[corpus] = round(unweighted_recall(self.emotions[these], heard[these]), 4)
        return found


def mean_of(folds: list[dict[str, float]]) -> dict[str, float]:
    """Over the folds, for each corpus, and then over the corpora: the figure that chooses."""
    corpora = sorted({corpus for fold in folds for corpus in fold})
    means = {corpus: round(float(np.mean([fold[corpus] for fold in folds if corpus in fold])), 4) for corpus in corpora}
    return means | {"all": round(float(np.mean(list(means.values()))), 4)}


def of_folds(recall_of_fold) -> dict:
    folds = [recall_of_fold(f"selection-{number}") for number in range(FOLDS)]
    return {"unweighted_recall": mean_of(folds), "folds": folds}


def summarise_run(folder: Path, judge: Judge) -> dict:
    """A folder that `train` wrote. Of its models, those of recipes that all selection folds trained."""
    names = [result["model"] for result in json.loads((folder / "results.json").read_text(encoding="utf-8"))]
    about = folder / "run.json"
    run = json.loads(about.read_text(encoding="utf-8")) if about.exists() else {}
    values_of = run.pop("recipes", [None] * len(names))
    with np.load(folder / "embeddings.npz", allow_pickle=False) as archive:
        embeddings = archive["embeddings"]
    if embeddings.shape[:2] != (len(names), len(judge.recordings)):
        raise SystemExit(f"{folder}: embeddings of {embeddings.shape[:2]} models and clips, where {len(names)} models and "
                         f"{len(judge.recordings)} clips are named; give the recordings that it was trained on")  # fmt: skip
    model_of: dict[str, dict[str, int]] = {}
    for model, name in enumerate(names):
        split, _, changes = name.partition(":")
        model_of.setdefault(changes, {})[split] = model
    recipes = []
    for changes, models in model_of.items():
        if not all(f"selection-{number}" in models for number in range(FOLDS)):
            continue
        found = of_folds(lambda fold, models=models: judge.recall(embeddings[models[fold]].astype(np.float32), fold))
        values = values_of[models["selection-0"]]
        recipes.append({"changes": changes} | ({"values": values} if values else {}) | found)
    lines = [json.loads(line) for line in (folder / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    kept = lines[EVERY - 1 :: EVERY]
    loss = {name: [line["loss"][model] for line in kept] for model, name in enumerate(names)}
    return {"run": folder.name, "steps": lines[-1]["step"], "seconds": lines[-1]["seconds"]} | run | {
        "recipes": recipes, "loss": {"step": [line["step"] for line in kept]} | loss}  # fmt: skip


def summarise(recordings: Recordings, folders: list[Path]) -> dict:
    judge = Judge(recordings)
    out = side("selection-0", recordings.speakers)
    return {
        "what": "unweighted average recall over the emotions of " + ", ".join(EMOTIONS) + " that a corpus has",
        "judge": f"StandardScaler, {COMPONENTS} principal components, RBF-SVM, C = 1, balanced class weights",
        "speakers": len({s for s, where in zip(recordings.speakers, out) if where}),
        "clips": int(sum(used and bool(where) for used, where in zip(judge.used, out))),
        "hand_made_features": {"values": recordings.features.shape[1], "made_by": Path(handmade.__file__).name}
        | of_folds(lambda fold: judge.recall(recordings.features, fold)),
        "runs": [summarise_run(folder, judge) for folder in folders],
    }


def text_of(result: dict) -> str:
    """JSON with a line for each list of numbers."""
    text = json.dumps(result, indent=1)
    flat = re.sub(r"\[\s*(-?[\d.]+(?:,\s*-?[\d.]+)*)\s*\]", lambda m: "[" + re.sub(r"\s+", " ", m[1]) + "]", text)
    return re.sub(r"\{\s*((?:\"[a-z_ ]+\": -?[\d.e-]+(?:,\s*)?)+)\s*\}", lambda m: "{" + re.sub(r"\s+", " ", m[1]) + "}", flat) + "\n"
