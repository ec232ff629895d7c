#!/usr/bin/env python3
"""Runs the contestants of the classifier's benchmark in alternation and writes the result; called by classifier.sh.

Before times count, results are compared: decision values with LIBSVM's, accuracies with everybody's.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
LARGEST_DIFFERENCE = 1e-4  # of decision values, relative
# Probabilities come from other random folds, and scikit-learn's label is not the most probable class.
LARGEST_ACCURACY_DIFFERENCE = 0.02


def run(command):
    process = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if process.returncode != 0:
        sys.exit(f"{command} failed:\n{process.stderr}")
    return json.loads(process.stdout.splitlines()[-1])


def check_agreement(comparison):
    print(f"decision values on the first fold: {comparison}")
    if comparison["greatest_difference"] > LARGEST_DIFFERENCE:
        sys.exit(f"decision values differ from LIBSVM's by more than {LARGEST_DIFFERENCE}")


def check_accuracies(runs):
    means = {name: statistics.mean(results[0]["accuracy"]) for name, results in runs.items()}
    print("accuracy: " + ", ".join(f"{name} {mean:.4f}" for name, mean in means.items()))
    for name, mean in means.items():
        if abs(mean - means["undertone"]) > LARGEST_ACCURACY_DIFFERENCE:
            sys.exit(f"{name} has accuracy {mean:.4f}, Undertone {means['undertone']:.4f}: not the same computation")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bench", required=True, type=pathlib.Path)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("--name", required=True)
    parser.add_argument("--processor", required=True)
    parser.add_argument("--commit", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--samples", type=int)
    arguments = parser.parse_args()
    cores = len(os.sched_getaffinity(0))
    peers = [sys.executable, "-W", "ignore", HERE / "classifier_peers.py"]
    data = arguments.work / (f"classifier-{arguments.samples}" if arguments.samples else "classifier")
    subprocess.run([*peers, "data", data, *(["--samples", str(arguments.samples)] if arguments.samples else [])], check=True)

    comparison = run([arguments.bench, "compare", data])
    check_agreement(comparison)
    contestants = {
        "undertone": [arguments.bench, "undertone", data, "--threads", cores],
        "sklearnex": [*peers, "sklearnex", data],
        "libsvm": [arguments.bench, "libsvm", data, "--threads", cores],
        "sklearn_jobs": [*peers, "sklearn", data, "--jobs", cores],
        "sklearn": [*peers, "sklearn", data],
    }
    runs = {name: [] for name in contestants}
    for number in range(1, arguments.rounds + 1):
        for name, command in contestants.items():
            runs[name].append(run(command))
            print(f"round {number}: {name} {runs[name][-1]['seconds']:.1f} s", flush=True)
        if number == 1:
            check_accuracies(runs)

    command = f"benchmarks/classifier.sh {arguments.name}"
    command += f" --rounds {arguments.rounds}" if arguments.rounds != 3 else ""
    command += f" --samples {arguments.samples}" if arguments.samples else ""
    result = {
        "command": command, "commit": arguments.commit, "date": datetime.date.today().isoformat(),
        "system": f"{platform.system()} {platform.machine()}", "processor": arguments.processor, "cores": cores,
        "python": platform.python_version(), "numpy": runs["sklearn"][0]["numpy"], "comparison": comparison,
        "contestants": {
            name: {"seconds": statistics.median(r["seconds"] for r in results),
                   "seconds_all": [r["seconds"] for r in results],
                   "over_undertone": statistics.median(
                       theirs["seconds"] / ours["seconds"] for theirs, ours in zip(results, runs["undertone"])),
                   "accuracy": statistics.mean(results[0]["accuracy"]), "version": results[0].get("version"),
                   "phases": results[0].get("phases")}
            for name, results in runs.items()},
    }
    folder = arguments.work if arguments.samples else HERE / "results"
    target = folder / f"classifier-{arguments.name}.json"
    target.write_text(json.dumps(result, indent=1) + "\n")
    print(f"written: {target}")


if __name__ == "__main__":
    main()
