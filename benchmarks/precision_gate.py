#!/usr/bin/env python3
"""What reduced precision changes, over all recordings of some corpora and the embedded model.

    benchmarks/precision_gate.py NAME [--undertone build/bench/bin/undertone] [--data ../shared/data]

In each precision that this processor has: cosine of every recording's embedding to that of f32, labels that stay, and the
unweighted average recall (UAR) of the embedded classifier, which was trained on f32 (and on recordings of these corpora: what
counts is the difference). Writes benchmarks/results/precision-NAME.json and brings docs/performance.md up to date. Needs NumPy;
some minutes on two cores. Exits with 1 if a promise of docs/decisions/0006-reduced-precision.md is broken.
"""

import argparse
import collections
import datetime
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy

ROOT = pathlib.Path(__file__).resolve().parent.parent
CORPORA = ("emodb", "nemo", "ravdess")
PRECISIONS = ("f32", "bf16", "int8")
# Cosine at least, labels kept at least, UAR within.
PROMISES = {"bf16": (0.9999, 0.995, 0.005), "int8": (0.999, 0.98, 0.01)}


def run(command):
    return subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True).stdout


def supported(undertone, clip):
    """The precisions that predict does not refuse."""
    return [p for p in PRECISIONS
            if subprocess.run([undertone, "predict", clip, "--precision", p], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL).returncode == 0]


def embeddings_of(undertone, metadata, precision, output):
    run([undertone, "extract", *metadata, "-o", output, "--precision", precision, "--quiet"])
    with numpy.load(output) as arrays:
        return arrays["embeddings"].astype(numpy.float64), list(arrays["paths"]), list(arrays["labels"])


def labels_of(undertone, files, precision):
    labels = []
    for begin in range(0, len(files), 500):
        out = run([undertone, "predict", *files[begin:begin + 500], "--precision", precision, "--jsonl", "--quiet"])
        labels += [json.loads(line)["label"] for line in out.splitlines()]
    return labels


def uar(truth, found):
    right = collections.Counter(t for t, f in zip(truth, found) if t == f)
    total = collections.Counter(truth)
    return sum(right[label] / total[label] for label in total) / len(total)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name")
    parser.add_argument("--undertone", type=pathlib.Path, default=ROOT / "build/bench/bin/undertone")
    parser.add_argument("--data", type=pathlib.Path, default=ROOT.parent / "shared/data")
    arguments = parser.parse_args()
    undertone = arguments.undertone.resolve()
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        metadata = []
        for corpus in CORPORA:
            metadata.append(work / f"{corpus}.csv")
            run([undertone, "prepare", corpus, arguments.data.resolve() / corpus, "-o", metadata[-1]])
        clip = next((arguments.data / CORPORA[0]).rglob("*.flac"))
        reference = None
        results = {}
        for precision in supported(undertone, clip):
            embeddings, paths, truth = embeddings_of(undertone, metadata, precision, work / f"{precision}.npz")
            files = [path if pathlib.Path(path).is_absolute() else str(work / path) for path in paths]
            found = labels_of(undertone, files, precision)
            if reference is None:
                reference = (embeddings, found)
            norms = numpy.linalg.norm(embeddings, axis=1) * numpy.linalg.norm(reference[0], axis=1)
            cosines = (embeddings * reference[0]).sum(axis=1) / norms
            # Embeddings of one encoder have much in common; what tells recordings apart is what is left without it.
            centre = reference[0].mean(axis=0)
            a, b = embeddings - centre, reference[0] - centre
            centred = (a * b).sum(axis=1) / (numpy.linalg.norm(a, axis=1) * numpy.linalg.norm(b, axis=1))
            results[precision] = {"least_cosine": float(cosines.min()), "median_cosine": float(numpy.median(cosines)),
                                  "least_centred_cosine": float(centred.min()),
                                  "labels_kept": float(numpy.mean([a == b for a, b in zip(found, reference[1])])),
                                  "uar": uar(truth, found)}
            print(precision, results[precision], flush=True)
    revision = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    processor = next((line.split(": ", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "?")
    result = {"kind": "precision", "command": f"benchmarks/precision_gate.py {arguments.name}",
              "commit": revision.stdout.strip(), "date": datetime.date.today().isoformat(), "processor": processor,
              "corpora": list(CORPORA), "recordings": len(truth), "precisions": results}
    target = ROOT / "benchmarks/results" / f"precision-{arguments.name}.json"
    target.write_text(json.dumps(result, indent=1) + "\n")
    print(f"written: {target}")
    subprocess.run([sys.executable, ROOT / "benchmarks/tables.py"], check=True)
    broken = [p for p, (cosine, labels, points) in PROMISES.items() if p in results and
              (results[p]["least_cosine"] < cosine or results[p]["labels_kept"] < labels or
               abs(results[p]["uar"] - results["f32"]["uar"]) > points)]
    if broken:
        sys.exit(f"promises broken: {', '.join(broken)}")


if __name__ == "__main__":
    main()
