#!/usr/bin/env python3
"""Writes tests/golden/classifier/*.json: what scikit-learn makes of small synthetic data.

Also classifier bundles made from scikit-learn pipelines, written by the reference implementation of
safetensors (tests/golden/classifier/bundle_v1.safetensors, bundle_v2.safetensors; they must stay
readable for ever), and the seeds of the bundle fuzzer (fuzz/corpus/bundle).

Run from the root of the repository with scikit-learn 1.5.2, NumPy 1.26 and safetensors:

    python tools/make_classifier_goldens.py

The files depend only on the seeds below and on those versions. Floats are written with repr(), so
they are read back to the bit. Decision values and coefficients have LIBSVM's signs: machine (i, j)
is positive for class i (scikit-learn turns them round where there are two classes).
"""

import json
import pathlib

import numpy as np
import sklearn
import safetensors
from safetensors.numpy import save_file
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "tests" / "golden" / "classifier"
SEEDS = ROOT / "fuzz" / "corpus" / "bundle"


def write(name, content):
    content = {"made_by": "tools/make_classifier_goldens.py", "scikit-learn": sklearn.__version__,
               "numpy": np.__version__, **content}
    plain = lambda o: o.tolist() if isinstance(o, (np.ndarray, np.generic)) else str(o)
    path = FOLDER / f"{name}.json"
    path.write_text(json.dumps(content, default=plain, separators=(",", ":")) + "\n")
    print(path.name, path.stat().st_size, "bytes")


def clusters(seed, sizes, features, distance):
    """Overlapping Gaussian clusters, one a class, in shuffled order."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(len(sizes), features)) * distance
    y = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    return centres[y] + rng.normal(size=(len(y), features)), y


def scaler():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(25, 7)) * [1, 100, 1e-3, 1, 1, 1, 1] + [0, 5, 1e4, 0, 0, 0, 0]
    x[:, 3] = 0.1  # constant, and its mean is not exactly representable
    x[:, 4] = 0.0
    x[:, 5] = 12345.678 + rng.normal(size=25) * 1e-12  # constant up to rounding
    x[:, 6] = 1 + rng.normal(size=25) * 1e-12  # small, but not constant
    fitted = StandardScaler().fit(x)
    write("scaler", {"x": x, "mean": fitted.mean_, "scale": fitted.scale_,
                     "transformed": fitted.transform(x)})


def pca():
    cases = []
    rng = np.random.default_rng(2)
    tall = rng.normal(size=(40, 8)) @ np.diag([5, 3, 2, 1.5, 1, 0.5, 0.2, 0.1]) @ rng.normal(size=(8, 8)) + 3
    wide = rng.normal(size=(12, 30)) * np.geomspace(10, 0.1, 30)
    deficient = rng.normal(size=(20, 3)) @ rng.normal(size=(3, 9)) - 1
    for name, x, size, rank in [("tall, all", tall, 8, 8), ("tall, five", tall, 5, 5),
                                ("tall, fraction", tall, 0.9, None),
                                ("tall, high fraction", tall, 0.9999, None),
                                ("wide, all", wide, 12, 11), ("wide, four", wide, 4, 4),
                                ("wide, fraction", wide, 0.5, None),
                                ("rank-deficient", deficient, 6, 3),
                                ("rank-deficient, fraction", deficient, 0.999999, None)]:
        fitted = PCA(n_components=size, svd_solver="full").fit(x)
        rank = rank or fitted.n_components_
        cases.append({"name": name, "x": x, "size": size, "rank": rank, "mean": fitted.mean_,
                      "components": fitted.components_[:rank],
                      "components_count": fitted.n_components_,
                      "explained_variance": fitted.explained_variance_,
                      "transformed": fitted.transform(x)[:, :rank]})
    write("pca", {"cases": cases})


def pca_counts():
    """How many components fractions of the variance keep, on spectra that fall slowly. The data are integers from a
    congruential generator, so that the test makes the same without a file of them."""
    cases = []
    for samples, features in [(300, 120), (90, 150)]:
        state, values = 12345, []
        for _ in range(samples * features):
            state = (1103515245 * state + 12345) % 2**31
            values.append(state // 2**16 % 2001 - 1000)
        x = np.array(values, dtype=np.float64).reshape(samples, features) / np.arange(1, features + 1) ** 0.5
        for fraction in [0.05, 0.25, 0.5, 0.75, 0.8, 0.9, 0.95, 0.99, 0.999]:
            fitted = PCA(n_components=fraction, svd_solver="full").fit(x)
            cases.append({"samples": samples, "features": features, "fraction": fraction,
                          "components_count": fitted.n_components_,
                          "explained_variance": fitted.explained_variance_[[0, -1]]})
    write("pca_counts", {"cases": cases})


def svc_case(name, seed, sizes, features, distance, **options):
    x, y = clusters(seed, sizes, features, distance)
    x_test, _ = clusters(seed + 1000, [10] * len(sizes), features, distance)
    x_test = np.concatenate([x_test, x[:10], np.full((1, features), 50.0)])
    model = SVC(kernel="rbf", probability=True, random_state=seed,
                decision_function_shape="ovo", **options).fit(x, y)
    decision = model.decision_function(x_test)
    if len(sizes) == 2:
        decision = -decision[:, None]
    return {"name": name, "x": x, "y": y, "x_test": x_test,
            "options": {"C": 1.0, "gamma": "scale", "class_weight": None, "tol": 1e-3, **options},
            "gamma": model._gamma, "support_vectors": model.support_vectors_,
            "n_support": model.n_support_, "dual_coef": model._dual_coef_,
            "intercept": model._intercept_, "probA": model.probA_, "probB": model.probB_,
            "decision": decision, "probabilities": model.predict_proba(x_test),
            "votes": model.predict(x_test)}


def svc():
    write("svc", {"cases": [
        svc_case("two classes", 10, [35, 25], 3, 0.8),
        svc_case("two classes, balanced", 11, [45, 15], 3, 0.8, class_weight="balanced"),
        svc_case("three classes", 12, [30, 25, 35], 4, 0.9, C=3.0),
        svc_case("three classes, auto", 13, [20, 40, 10], 4, 0.9, gamma="auto",
                 class_weight="balanced", C=0.5),
        svc_case("six classes", 14, [30, 30, 25, 35, 28, 32], 8, 0.9),
        svc_case("six classes, wide kernel", 15, [20, 20, 25, 22, 18, 10], 6, 0.7, gamma=0.02,
                 C=10.0, class_weight="balanced"),
        svc_case("four classes, low cost", 17, [40, 10, 25, 30], 5, 0.8, C=0.05, class_weight="balanced"),
        svc_case("four classes, high cost", 18, [40, 20, 25, 30], 5, 0.5, C=100.0, gamma="auto"),
        svc_case("six classes, tight", 16, [20, 20, 20, 20, 20, 20], 6, 0.7, tol=1e-8),
    ]})


def one_vs_rest():
    cases = []
    for name, seed, weight, gamma in [("none", 20, None, "scale"), ("balanced", 21, "balanced", "scale"),
                                      ("balanced, auto", 22, "balanced", "auto")]:
        x, y = clusters(seed, [20, 30, 15, 25], 5, 0.8)
        x_test, _ = clusters(seed + 1000, [6] * 4, 5, 0.8)
        model = OneVsRestClassifier(SVC(kernel="rbf", tol=1e-8, class_weight=weight, gamma=gamma)).fit(x, y)
        cases.append({"name": name, "x": x, "y": y, "x_test": x_test, "class_weight": weight,
                      "gamma": gamma, "tol": 1e-8, "decision": model.decision_function(x_test),
                      "label": model.predict(x_test)})
    write("one_vs_rest", {"cases": cases})


def pipeline():
    x, y = clusters(30, [20, 15, 18, 22, 16, 19], 12, 0.8)
    x = (x * np.linspace(0.1, 3, 12) + np.linspace(-2, 2, 12)).astype(np.float32)
    x_test = x[::5] + np.float32(0.25)
    model = make_pipeline(StandardScaler(), PCA(5, svd_solver="full"),
                          SVC(decision_function_shape="ovo", tol=1e-8)).fit(x.astype(np.float64), y)
    write("pipeline", {"x": x, "y": y, "x_test": x_test, "components": 5, "tol": 1e-8,
                       "decision": model.decision_function(x_test.astype(np.float64))})


def logistic():
    """The objective is the same whatever the solver: lbfgs, the default, ends as soon as the loss falls by no more than 64
    units in the last place, which leaves coefficients to about 1e-5; newton-cg goes on to what it is asked for."""
    cases = []
    for name, seed, sizes, features, distance, options in [
            ("two classes", 50, [35, 25], 3, 0.8, {}),
            ("two classes, balanced", 51, [45, 15], 3, 0.8, {"class_weight": "balanced", "C": 0.3}),
            ("three classes", 52, [30, 25, 35], 4, 0.9, {"C": 3.0}),
            ("six classes", 53, [30, 30, 25, 35, 28, 32], 8, 0.9, {}),
            ("six classes, balanced", 54, [40, 8, 25, 35, 12, 32], 8, 0.5, {"class_weight": "balanced"}),
            ("six classes, strong penalty", 55, [20] * 6, 6, 0.7, {"C": 0.01}),
            ("six classes, weak penalty", 56, [20] * 6, 6, 0.5, {"C": 100.0}),
            ("more features than samples", 57, [8, 9, 10], 60, 0.4, {})]:
        x, y = clusters(seed, sizes, features, distance)
        x_test, _ = clusters(seed + 1000, [6] * len(sizes), features, distance)
        x_test = np.concatenate([x_test, np.full((1, features), 50.0)])
        model = LogisticRegression(solver="lbfgs", tol=1e-10, max_iter=100000, **options).fit(x, y)
        default = model
        model = LogisticRegression(solver="newton-cg", tol=1e-10, max_iter=100000, **options).fit(x, y)
        cases.append({"name": name, "x": x, "y": y, "x_test": x_test,
                      "options": {"C": 1.0, "class_weight": None, **options},
                      "lbfgs_coefficients": default.coef_, "lbfgs_intercepts": default.intercept_,
                      "coefficients": model.coef_, "intercepts": model.intercept_,
                      "probabilities": model.predict_proba(x_test), "label": model.predict(x_test)})
    write("logistic", {"cases": cases})


def forest_arrays(model):
    """scikit-learn's trees, which are in preorder, as bundles keep them."""
    tree_nodes, feature, threshold, nexts, leaves = [], [], [], [], []
    for tree in (estimator.tree_ for estimator in model.estimators_):
        tree_nodes.append(tree.node_count)
        for node in range(tree.node_count):
            leaf = tree.children_left[node] < 0
            assert leaf or tree.children_left[node] == node + 1
            feature.append(-1 if leaf else tree.feature[node])
            threshold.append(0.0 if leaf else tree.threshold[node])
            nexts.append(len(leaves) if leaf else tree.children_right[node])
            if leaf:
                leaves.append(tree.value[node][0])
    return {"tree_nodes": np.array(tree_nodes, np.int64), "feature": np.array(feature, np.int32),
            "threshold": np.array(threshold, np.float64), "next": np.array(nexts, np.int32),
            "leaves": np.array(leaves, np.float64)}


def forest():
    """Trees from scikit-learn, to predict with; and how often thirty of its forests are right on new points, to compare
    forests of our own with."""
    x, y = clusters(60, [40, 30, 35, 45], 9, 0.7)
    x, x_test = x.astype(np.float32), clusters(60, [40, 30, 35, 45], 9, 0.7)[0][::5].astype(np.float32) + np.float32(0.5)
    model = RandomForestClassifier(n_estimators=7, random_state=0).fit(x, y)
    both, labels = clusters(61, [330, 270, 150, 350], 9, 0.45)
    both = np.round(both, 6)
    train, test = slice(0, 300), slice(300, None)
    cases = []
    for name, options in [("default", {}), ("shallow", {"max_depth": 2}), ("large leaves", {"min_samples_leaf": 10}),
                          ("few splits", {"min_samples_split": 40}), ("balanced", {"class_weight": "balanced"})]:
        fitted = [RandomForestClassifier(n_estimators=60, random_state=seed, **options).fit(both[train], labels[train])
                  for seed in range(30)]
        accuracies = [f.score(both[test], labels[test]) for f in fitted]
        leaves = [np.mean([t.tree_.n_leaves for t in f.estimators_]) for f in fitted]
        depth = [np.mean([t.tree_.max_depth for t in f.estimators_]) for f in fitted]
        cases.append({"name": name, "options": {"max_depth": None, "min_samples_split": 2, "min_samples_leaf": 1,
                                                "class_weight": None, **options},
                      "accuracy": [np.mean(accuracies), np.std(accuracies, ddof=1)],
                      "leaves": [np.mean(leaves), np.std(leaves, ddof=1)],
                      "depth": [np.mean(depth), np.std(depth, ddof=1)]})
    write("forest", {"x_test": x_test, "features": 9, **forest_arrays(model), "probabilities": model.predict_proba(x_test),
                     "x": both, "y": labels, "train": 300, "trees": 60, "cases": cases})


def save(tensors, path, metadata=None):
    """save_file, with the header's keys sorted: the library writes metadata in random order."""
    save_file(tensors, path, metadata)
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.dumps(json.loads(content[8:8 + length]), sort_keys=True, separators=(",", ":"))
    assert len(header) <= length
    path.write_bytes(content[:8] + header.encode().ljust(length) + content[8 + length:])
    path.chmod(0o644)


def bundle_metadata(labels, dimension, pca, multiclass, class_counts, **changes):
    options = {"pca": pca, "C": 1.0, "gamma": "scale", "class_weight": "none",
               "multiclass": multiclass, "calibration_folds": 5, "seed": 0, "tolerance": 1e-3}
    return {"format": "undertone-bundle", "format_version": "1", "labels": json.dumps(labels),
            "encoder": "hubert-tiny", "encoder_fingerprint": "c0ffee", "layer": "2",
            "pooling": "mean", "dimension": str(dimension), "precision": "f32",
            "resampler": "soxr", "corpora": json.dumps(["synthetic"]), "split": "none",
            "scores": json.dumps({"uar": 0.75}), "licence": "CC0-1.0",
            "created_by": "make_classifier_goldens.py", "options": json.dumps(options),
            "class_counts": json.dumps(class_counts), **changes}


def bundle():
    x, y = clusters(40, [15, 12, 18], 6, 0.9)
    x = x.astype(np.float32)
    x_test = (x[::4] + np.float32(0.25)).astype(np.float32)
    scaler = StandardScaler().fit(x.astype(np.float64))
    pca = PCA(4, svd_solver="full").fit(scaler.transform(x.astype(np.float64)))
    z = pca.transform(scaler.transform(x.astype(np.float64)))
    svm = SVC(probability=True, random_state=0).fit(z, y)
    tensors = {"scaler.mean": scaler.mean_, "scaler.scale": scaler.scale_, "pca.mean": pca.mean_,
               "pca.components": pca.components_, "pca.explained_variance": pca.explained_variance_,
               "svm.gamma": np.array(svm._gamma), "svm.support_vectors": svm.support_vectors_,
               "svm.n_support": svm.n_support_.astype(np.int64), "svm.dual_coef": svm._dual_coef_,
               "svm.intercept": svm._intercept_, "svm.platt_a": svm.probA_, "svm.platt_b": svm.probB_}
    tensors = {name: np.array(value, order="C") for name, value in tensors.items()}
    labels = ["Angry", "Neutral", "Sad"]
    metadata = bundle_metadata(labels, 6, 4, "ovo", np.bincount(y).tolist())
    save(tensors, FOLDER / "bundle_v1.safetensors", metadata)
    transform = lambda v: pca.transform(scaler.transform(v.astype(np.float64)))
    write("bundle_v1", {"safetensors": safetensors.__version__, "labels": labels, "x_test": x_test,
                        "probabilities": svm.predict_proba(transform(x_test))})


def bundle_v2():
    """An ensemble: logistic regression and a forest, the latter counting twice."""
    x, y = clusters(41, [15, 12, 18], 6, 0.9)
    x = x.astype(np.float32)
    x_test = (x[::4] + np.float32(0.25)).astype(np.float32)
    members = [("logistic", LogisticRegression(tol=1e-10, max_iter=100000)),
               ("forest", RandomForestClassifier(n_estimators=5, random_state=0))]
    model = make_pipeline(StandardScaler(), VotingClassifier(members, voting="soft", weights=[1, 2]))
    model.fit(x.astype(np.float64), y)
    scaler, voting = model[0], model[1]
    fitted = voting.named_estimators_
    tensors = {"scaler.mean": scaler.mean_, "scaler.scale": scaler.scale_,
               "logistic.coefficients": fitted["logistic"].coef_,
               "logistic.intercepts": fitted["logistic"].intercept_,
               **{"forest." + name: values for name, values in forest_arrays(fitted["forest"]).items()}}
    labels = ["Angry", "Neutral", "Sad"]
    metadata = bundle_metadata(labels, 6, None, "ovo", np.bincount(y).tolist(), format_version="2",
                               options=json.dumps(ensemble_options([1.0, 2.0], 5)))
    save({name: np.array(value, order="C") for name, value in tensors.items()}, FOLDER / "bundle_v2.safetensors", metadata)
    write("bundle_v2", {"safetensors": safetensors.__version__, "labels": labels, "x_test": x_test,
                        "probabilities": model.predict_proba(x_test.astype(np.float64))})


def ensemble_options(weights, trees):
    return {"pca": None, "classifier": "ensemble", "members": ["logistic", "forest"], "weights": weights,
            "logistic": logistic_options(), "forest": forest_options(trees)}


def logistic_options():
    return {"C": 1.0, "class_weight": "none", "tolerance": 1e-6, "max_iterations": 10000}


def forest_options(trees):
    return {"trees": trees, "max_depth": None, "min_samples_split": 2, "min_samples_leaf": 1,
            "class_weight": "none", "seed": 0}


def seeds():
    SEEDS.mkdir(parents=True, exist_ok=True)
    pairs = {"scaler.mean": [0.0, 1.0], "scaler.scale": [1.0, 2.0], "svm.gamma": 0.5,
             "svm.support_vectors": [[1.0, 0.0], [0.0, 1.0]], "svm.dual_coef": [[1.0, -1.0]],
             "svm.intercept": [0.25], "svm.platt_a": [-1.0], "svm.platt_b": [0.0]}
    rest = {**pairs, "pca.mean": [0.0, 0.0], "pca.components": [[0.6, 0.8]],
            "pca.explained_variance": [1.0], "svm.support_vectors": [[1.0], [0.0], [-1.0]],
            "svm.dual_coef": [[1.0, -1.0, 0.0], [0.0, 1.0, -1.0], [-0.5, -0.5, 1.0]],
            "svm.intercept": [0.1, 0.2, 0.3], "svm.platt_a": [-1.0, -2.0, -3.0],
            "svm.platt_b": [0.0, 0.1, 0.2]}
    as_tensors = lambda values, n_support: {
        **{name: np.array(value, dtype=np.float64) for name, value in values.items()},
        "svm.n_support": np.array(n_support, dtype=np.int64)}
    metadata = bundle_metadata(["A", "B"], 2, None, "ovo", [3, 4])
    save(as_tensors(pairs, [1, 1]), SEEDS / "pairs.safetensors", metadata)
    save(as_tensors(rest, [1, 1, 1]), SEEDS / "rest_with_pca.safetensors",
              bundle_metadata(["A", "B", "C"], 2, 0.9, "ovr", []))
    save(as_tensors(pairs, [1, 1]), SEEDS / "newer_format.safetensors",
              {**metadata, "format_version": "3.0"})
    save(as_tensors(pairs, [1, 1]), SEEDS / "deep_json.safetensors",
              {**metadata, "labels": "[" * 5000 + "]" * 5000})
    save({"x": np.zeros(1, np.float32)}, SEEDS / "another_kind.safetensors")
    scaler = {"scaler.mean": np.array([0.0, 1.0]), "scaler.scale": np.array([1.0, 2.0])}
    logistic = {"logistic.coefficients": np.array([[1.0, -1.0], [-1.0, 0.5]]), "logistic.intercepts": np.array([0.25, -0.25])}
    forest = {"forest.tree_nodes": np.array([3, 1], np.int64), "forest.feature": np.array([1, -1, -1, -1], np.int32),
              "forest.threshold": np.array([0.5, 0.0, 0.0, 0.0]), "forest.next": np.array([2, 0, 1, 2], np.int32),
              "forest.leaves": np.array([[1.0, 0.0], [0.0, 1.0], [0.25, 0.75]])}
    second = lambda options: {**metadata, "format_version": "2", "options": json.dumps(options)}
    save({**scaler, **logistic}, SEEDS / "logistic.safetensors",
         second({"pca": None, "classifier": "logistic", "logistic": logistic_options()}))
    save({**scaler, **forest}, SEEDS / "forest.safetensors",
         second({"pca": None, "classifier": "forest", "forest": forest_options(2)}))
    save({**scaler, **logistic, **forest}, SEEDS / "ensemble.safetensors", second(ensemble_options([], 2)))
    circle = {**forest, "forest.next": np.array([0, 0, 1, 2], np.int32)}
    save({**scaler, **circle}, SEEDS / "forest_in_a_circle.safetensors",
         second({"pca": None, "classifier": "forest", "forest": forest_options(2)}))


if __name__ == "__main__":
    FOLDER.mkdir(parents=True, exist_ok=True)
    scaler()
    pca()
    pca_counts()
    svc()
    one_vs_rest()
    pipeline()
    logistic()
    forest()
    bundle()
    bundle_v2()
    seeds()
