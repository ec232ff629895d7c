#!/usr/bin/env python3
"""The figures of docs/reproduce.md.

    figures.py collect OUTPUT --command TEXT   reports of scripts/reproduce.sh to docs/results/reproduce.json, and write
    figures.py write                           docs/results/reproduce.json to the table of docs/reproduce.md
    figures.py check                           exit code 1 if the document does not match the results
"""

import argparse
import datetime
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
RESULTS = ROOT / "docs" / "results" / "reproduce.json"
DOCUMENT = ROOT / "docs" / "reproduce.md"
BEGIN = "<!-- figures: made by scripts/reproduce/figures.py from docs/results/reproduce.json -->"
END = "<!-- end of figures -->"

# Report, what was evaluated.
STUDIES = {
    "ravdess": "RAVDESS, undertone-small",
    "emodb": "EmoDB, undertone-small",
    "nemo": "nEMO, undertone-small",
    "joined": "all three, five emotions, undertone-small",
    "untrained": "RAVDESS, untrained encoder",
    "copies-unmarked": "RAVDESS and noisy copies passed off as recordings, undertone-small",
    "copies-marked": "the same with their `group`",
    "copies-unmarked-c10": "passed off as recordings, C = 10",
    "copies-marked-c10": "with their `group`, C = 10",
}


def collect(output, command):
    studies = {}
    for name in STUDIES:
        path = output / name / "report.json"
        if not path.exists():
            continue
        report = json.loads(path.read_text())
        studies[name] = {
            "clips": report["samples"], "speakers": report["speakers"], "classes": report["class_names"],
            "facts": {fact["name"]: fact["value"] for fact in report["facts"]},
            "evaluations": [
                {key: evaluation[key] for key in ("split", "description", "folds", "repeats", "intervals", "over_folds", "notices")}
                | {key: evaluation["scores"][key] for key in ("uar", "accuracy", "macro_f1", "ece", "brier")}
                for evaluation in report["evaluations"]]}
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, check=True, capture_output=True, text=True)
    result = {"command": command, "commit": commit.stdout.strip(), "date": datetime.date.today().isoformat(), "studies": studies}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(result, indent=1) + "\n")
    print(f"written: {RESULTS.relative_to(ROOT)}")


def figure(evaluation, name):
    low, high = evaluation["intervals"][name]
    return f"{100 * evaluation[name]:.1f} ({100 * low:.1f}–{100 * high:.1f})"


def table(result):
    lines = [f"Made by `{result['command']}` at {result['commit']}, {result['date']}; per cent, with 95 % intervals (bootstrap over "
             "speakers).", "",
             "| data and encoder | clips, speakers | split | UAR | accuracy | macro-F1 | ECE |", "|---|---|---|---|---|---|---|"]
    for name, title in STUDIES.items():
        study = result["studies"].get(name)
        if study is None:
            continue
        for number, evaluation in enumerate(study["evaluations"]):
            first = [title, f"{study['clips']:,}, {study['speakers']}"] if number == 0 else ["", ""]
            lines.append("| " + " | ".join(first + [
                evaluation["split"], figure(evaluation, "uar"), figure(evaluation, "accuracy"), figure(evaluation, "macro_f1"),
                f"{evaluation['ece']:.3f}"]) + " |")
    return "\n".join(lines)


def updated_document():
    text = DOCUMENT.read_text()
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    return text, f"{before}{BEGIN}\n\n{table(json.loads(RESULTS.read_text()))}\n\n{END}{after}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=["collect", "write", "check"])
    parser.add_argument("output", nargs="?", type=pathlib.Path)
    parser.add_argument("--command", default="")
    arguments = parser.parse_args()
    if arguments.action == "collect":
        collect(arguments.output, arguments.command)
    text, updated = updated_document()
    if arguments.action == "check":
        if text != updated:
            print("docs/reproduce.md does not match docs/results/reproduce.json; run scripts/reproduce/figures.py write")
            sys.exit(1)
        return
    DOCUMENT.write_text(updated)
    print(f"written: {DOCUMENT.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
