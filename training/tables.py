#!/usr/bin/env python3
"""Writes the table of training/README.md from training/results/selection.json, between the lines that mark it.

With --check nothing is written; the exit code is 1 if the document does not match the results.
"""

import json
import pathlib
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
RESULTS = FOLDER / "results" / "selection.json"
DOCUMENT = FOLDER / "README.md"
BEGIN = "<!-- selection: made by training/tables.py from training/results/selection.json -->"
END = "<!-- end of selection -->"
CORPORA = ("ravdess", "emodb", "nemo", "all")


def row(run, recipe, recall):
    return f"| {run} | {recipe} | " + " | ".join(f"{100 * recall[corpus]:.1f}" for corpus in CORPORA) + " |"


def description(run):
    yield run["run"]
    if run.get("start"):
        yield f"from {run['start']}"
    if run.get("committee"):
        yield f"taught by {run['committee']}"
    yield f"{run['steps']:,} steps"


def table(result):
    lines = [f"Per cent; means over the four folds of {result['speakers']} speakers ({result['clips']:,} clips of the six emotions).", "",
             "| run | recipe | RAVDESS | EmoDB | nEMO | mean |", "|---|---|---|---|---|---|",
             row("", "*features made by hand*", result["hand_made_features"]["unweighted_recall"])]
    for run in result["runs"]:
        for number, recipe in enumerate(run["recipes"]):
            name = ", ".join(description(run)) if number == 0 else ""
            changes = f"`{recipe['changes'].replace(',', ', ')}`" if recipe["changes"] else "its defaults"
            lines.append(row(name, changes, recipe["unweighted_recall"]))
    return "\n".join(lines)


def main():
    text = DOCUMENT.read_text(encoding="utf-8")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    updated = f"{before}{BEGIN}\n\n{table(json.loads(RESULTS.read_text(encoding='utf-8')))}\n\n{END}{after}"
    if "--check" in sys.argv:
        if updated != text:
            print("training/README.md does not match training/results; run training/tables.py")
            sys.exit(1)
        return
    DOCUMENT.write_text(updated, encoding="utf-8")
    print(f"written: {DOCUMENT}")


if __name__ == "__main__":
    main()
