#!/usr/bin/env python3
"""Writes what training/README.md and the model card have from training/results/, each between the lines that mark it.

With --check nothing is written; the exit code is 1 if a document does not match the results.
"""

import json
import pathlib
import sys

FOLDER = pathlib.Path(__file__).resolve().parent
DOCUMENT = FOLDER / "README.md"
CARD = FOLDER.parent / "models" / "undertone-small" / "README.md"
CORPORA = ("ravdess", "emodb", "nemo", "all")
TITLES = {"ravdess": "RAVDESS", "emodb": "EmoDB", "nemo": "nEMO"}


def percent(value):
    return f"{100 * value:.1f}"


def row(run, recipe, recall):
    return f"| {run} | {recipe} | " + " | ".join(percent(recall[corpus]) for corpus in CORPORA) + " |"


def description(run):
    yield run["run"]
    if run.get("start"):
        yield f"from {run['start']}"
    if run.get("committee"):
        yield f"taught by {run['committee']}"
    yield f"{run['steps']:,} steps"


def selection(result):
    lines = [f"Per cent; means over the four folds of {result['speakers']} speakers ({result['clips']:,} clips of the six emotions).", "",
             "| run | recipe | RAVDESS | EmoDB | nEMO | mean |", "|---|---|---|---|---|---|",
             row("", "*features made by hand*", result["hand_made_features"]["unweighted_recall"])]
    for run in result["runs"]:
        for number, recipe in enumerate(run["recipes"]):
            name = ", ".join(description(run)) if number == 0 else ""
            changes = f"`{recipe['changes'].replace(',', ', ')}`" if recipe["changes"] else "its defaults"
            lines.append(row(name, changes, recipe["unweighted_recall"]))
    return "\n".join(lines)


def with_interval(figures):
    low, high = figures["interval"]
    return f"{percent(figures['uar'])} ({percent(low)}–{percent(high)})"


def languages_left_out(result):
    """A row for each language: what was tested, and by which features how well."""
    lines = ["Unweighted average recall, per cent; in brackets the 95 % interval, a bootstrap over the few speakers, and rough.", "",
             "| language left out | clips, speakers | encoder | where it began, C = 0.3 | where it began, C = 1 | features made by hand | chance |",
             "|---|---|---|---|---|---|---|"]
    for corpus, found in result["corpora"].items():
        cells = [with_interval(found[kind]) for kind in ("embeddings", "start", "start_1", "handmade")]
        lines.append(f"| {found['language']} ({TITLES.get(corpus, corpus)}) | {found['clips']:,}, {found['speakers']} | "
                     + " | ".join(cells) + f" | {percent(found['chance'])} |")
    return "\n".join(lines)


def emotions_left_out(result):
    """How much of each emotion was recognised, and how each encoder was trained."""
    corpora = result["corpora"].values()
    emotions = list(next(iter(corpora))["embeddings"]["said"])
    lines = ["Recall of each emotion, by the encoder's classifier:", "",
             "| language left out | classifier trained on | steps × clips | " + " | ".join(emotions) + " |", "|---|---|---|" + "---|" * len(emotions)]
    for found in corpora:
        training, recalls = found["training"], found["embeddings"]["recall"]
        cells = (percent(recalls[emotion]) if emotion in recalls else "–" for emotion in emotions)
        lines.append(f"| {found['language']} | {found['train_clips']:,} clips | {training['steps']:,} × {training['batch']} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def unheard_languages(result):
    return languages_left_out(result) + "\n\n" + emotions_left_out(result)


# Document, name of the results and of the marks, what is written.
PARTS = [(DOCUMENT, "selection", selection), (DOCUMENT, "unheard-languages", unheard_languages), (CARD, "unheard-languages", languages_left_out)]


def with_part(document, text, name, write):
    begin, end = f"<!-- {name}: made by training/tables.py from training/results/{name}.json -->", f"<!-- end of {name} -->"
    if text.count(begin) != 1 or text.count(end) != 1:
        sys.exit(f"{document}: what is made belongs between one line '{begin}' and one '{end}'")
    before, rest = text.split(begin)
    result = json.loads((FOLDER / "results" / f"{name}.json").read_text(encoding="utf-8"))
    return f"{before}{begin}\n\n{write(result)}\n\n{end}{rest.split(end)[1]}"


def main():
    there = {document: document.read_text(encoding="utf-8") for document in (DOCUMENT, CARD)}
    updated = dict(there)
    for document, name, write in PARTS:
        updated[document] = with_part(document, updated[document], name, write)
    changed = [document for document, text in updated.items() if text != there[document]]
    for document in changed:
        name = document.relative_to(FOLDER.parent)
        if "--check" in sys.argv:
            sys.exit(f"{name} does not match training/results; run training/tables.py")
        document.write_text(updated[document], encoding="utf-8")
        print(f"written: {name}")


if __name__ == "__main__":
    main()
