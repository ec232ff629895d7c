#!/usr/bin/env python3
"""The data of the classifier's benchmark, and the peers that are used from Python.

    classifier_peers.py data FOLDER [--samples N]       # x.npy, y.npy, fold.npy
    classifier_peers.py sklearn FOLDER [--jobs N]
    classifier_peers.py sklearnex FOLDER [--jobs N]     # scikit-learn-intelex: patch_sklearn()

The data look like embeddings of an encoder of 1,024 features: six classes in CREMA-D's proportions, overlapping as much as
there, on top of a few dozen strong common directions (voices, sentences) and noise in every feature. The peers do
cross_val_score of StandardScaler → PCA(200) → SVC(probability=True), on the folds of fold.npy, and print one JSON object.
"""

import argparse
import json
import pathlib
import time

import numpy as np

COUNTS = [1087, 1271, 1271, 1271, 1271, 1271]  # CREMA-D
FEATURES = 1024
FOLDS = 5


def make_data(folder, samples):
    rng = np.random.default_rng(20)
    counts = [round(c * samples / sum(COUNTS)) for c in COUNTS]
    y = rng.permutation(np.repeat(np.arange(len(COUNTS)), counts))
    n = len(y)
    # Embeddings have a spectrum that falls slowly: strong common directions that say nothing of the class, and classes
    # that differ along thirty of their own, in mean and a little in shape.
    common = rng.normal(size=(300, FEATURES)) * (np.arange(1, 301) ** -0.7)[:, None]
    own = rng.normal(size=(30, FEATURES)) * 0.25
    means = rng.normal(size=(len(COUNTS), 30)) * 0.32
    shapes = np.exp(rng.normal(size=(len(COUNTS), 30)) * 0.15)
    x = rng.normal(size=(n, 300)) @ common
    x += (means[y] + rng.normal(size=(n, 30)) * shapes[y]) @ own
    x += rng.normal(size=(n, FEATURES)) * 0.5
    x = x * rng.uniform(0.05, 0.3, size=FEATURES) + rng.normal(size=FEATURES) * 0.1
    fold = np.empty(n, dtype=np.int64)
    for c in range(len(COUNTS)):
        members = np.flatnonzero(y == c)
        fold[members] = np.arange(len(members)) % FOLDS
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "x.npy", x.astype(np.float32))
    np.save(folder / "y.npy", y.astype(np.int64))
    np.save(folder / "fold.npy", fold)


def cross_validate(folder, jobs, patched):
    if patched:
        from sklearnex import patch_sklearn
        patch_sklearn()
    import sklearn
    from sklearn.decomposition import PCA
    from sklearn.model_selection import PredefinedSplit, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import SVC

    x, y, fold = (np.load(folder / f"{name}.npy") for name in ("x", "y", "fold"))
    pipeline = make_pipeline(StandardScaler(), PCA(200, random_state=0), SVC(probability=True, random_state=0))
    split = PredefinedSplit(fold)
    cross_val_score(pipeline, x[:600], y[:600], cv=2)  # imports and thread pools
    begin = time.perf_counter()
    scores = cross_val_score(pipeline, x, y, cv=split, n_jobs=jobs)
    result = {"seconds": time.perf_counter() - begin, "accuracy": scores.tolist(), "jobs": jobs,
              "version": sklearn.__version__, "numpy": np.__version__}
    if patched:
        from importlib.metadata import version
        result["version"] = version("scikit-learn-intelex")
    print(json.dumps(result))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["data", "sklearn", "sklearnex"])
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--samples", type=int, default=sum(COUNTS))
    parser.add_argument("--jobs", type=int, default=None)
    arguments = parser.parse_args()
    if arguments.what == "data":
        make_data(arguments.folder, arguments.samples)
    else:
        cross_validate(arguments.folder, arguments.jobs, arguments.what == "sklearnex")


if __name__ == "__main__":
    main()
