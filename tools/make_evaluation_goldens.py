#!/usr/bin/env python3
"""Writes tests/golden/evaluation/scores.json: scikit-learn's scores of random predictions.

Run from the root of the repository with scikit-learn 1.5.2 and NumPy 1.26:

    python tools/make_evaluation_goldens.py

The file depends only on the seeds below and on those versions. Floats are written with repr(), so they are read back
to the bit. scikit-learn has neither the expected calibration error nor (in that version) a Brier score of several
classes: the first is NumPy's by its definition, the second the sum of scikit-learn's binary scores over the classes.
"""

import json
import pathlib
import warnings

import numpy as np
import sklearn
from sklearn import metrics

FILE = pathlib.Path(__file__).resolve().parent.parent / "tests" / "golden" / "evaluation" / "scores.json"


def calibration_error(truth, predicted, confidence):
    """Guo et al. 2017, ten bins (b/10, (b+1)/10]."""
    bin_of = np.clip(np.digitize(confidence, np.linspace(0, 1, 11), right=True) - 1, 0, 9)
    error = 0.0
    for b in range(10):
        inside = bin_of == b
        if inside.any():
            gap = abs(np.mean(truth[inside] == predicted[inside]) - np.mean(confidence[inside]))
            error += inside.mean() * gap
    return error


def case(name, truth, probabilities, predicted=None):
    truth = np.asarray(truth)
    probabilities = np.asarray(probabilities, dtype=float)
    predicted = probabilities.argmax(axis=1) if predicted is None else np.asarray(predicted)
    classes = probabilities.shape[1]
    labels = list(range(classes))
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        truth, predicted, labels=labels, zero_division=0)
    brier = sum(metrics.brier_score_loss(truth == c, probabilities[:, c], pos_label=True) for c in labels)
    return {
        "name": name, "classes": classes, "truth": truth.tolist(), "predicted": predicted.tolist(),
        "probabilities": probabilities.tolist(),
        "accuracy": metrics.accuracy_score(truth, predicted),
        "uar": metrics.balanced_accuracy_score(truth, predicted),
        "macro_f1": metrics.f1_score(truth, predicted, average="macro", zero_division=0),
        "precision": precision.tolist(), "recall": recall.tolist(), "f1": f1.tolist(), "support": support.tolist(),
        "confusion": metrics.confusion_matrix(truth, predicted, labels=labels).tolist(),
        "brier": float(brier),
        "ece": float(calibration_error(truth, predicted, probabilities[np.arange(len(truth)), predicted])),
    }


def random_case(name, seed, samples, classes, truth_from, skill):
    rng = np.random.default_rng(seed)
    truth = rng.choice(truth_from, samples)
    scores = rng.normal(size=(samples, classes))
    scores[np.arange(samples), truth] += skill
    probabilities = np.exp(scores)
    return case(name, truth, probabilities / probabilities.sum(axis=1, keepdims=True))


def main():
    warnings.simplefilter("ignore")  # scikit-learn speaks up where a class is missing: that is what some cases are for
    never_predicted = random_case("a class is never predicted", 4, 60, 4, [0, 1, 2, 3], 1.0)
    probabilities = np.asarray(never_predicted["probabilities"])
    probabilities[:, 2] = 0
    probabilities /= probabilities.sum(axis=1, keepdims=True)
    edges = np.linspace(0.5, 1.0, 6)
    cases = [
        random_case("six classes", 1, 300, 6, list(range(6)), 1.5),
        random_case("two classes", 2, 50, 2, [0, 1], 0.5),
        random_case("a class does not occur", 3, 80, 5, [0, 1, 3, 4], 1.0),
        case("a class is never predicted", never_predicted["truth"], probabilities),
        random_case("only one class occurs", 5, 20, 3, [1], 0.2),
        case("all wrong", [0, 1, 0, 1], [[0, 1.0], [1, 0], [0.25, 0.75], [0.75, 0.25]]),
        case("neither occurs nor predicted", [0, 1, 0], [[0.9, 0.1, 0], [0.2, 0.8, 0], [0.4, 0.6, 0]]),
        case("confidences on the edges of bins", [0, 0, 1, 0, 1, 0], np.stack([edges, 1 - edges], axis=1)),
        case("one sample", [1], [[0.3, 0.7]]),
        case("predicted is not the greatest", [0, 1, 1], [[0.6, 0.4], [0.6, 0.4], [0.1, 0.9]], predicted=[1, 0, 1]),
    ]
    content = {"made_by": "tools/make_evaluation_goldens.py", "scikit-learn": sklearn.__version__,
               "numpy": np.__version__, "cases": cases}
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(json.dumps(content, separators=(",", ":")) + "\n")
    print(FILE.name, FILE.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
