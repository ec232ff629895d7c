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


def unheard_languages(result):
    costs = result["C"]
    lines = ["Per cent; in brackets the 95 % interval, a bootstrap over the speakers.", "",
             f"| language left out | clips, speakers | trained on | steps × clips | encoder (C = {costs['embeddings']}) "
             f"| features made by hand (C = {costs['handmade']}) | chance |", "|---|---|---|---|---|---|---|"]
    for corpus, found in result["corpora"].items():
        training = found["training"]
        lines.append(f"| {found['language']} ({TITLES.get(corpus, corpus)}) | {found['clips']:,}, {found['speakers']} "
                     f"| {found['train_clips']:,} clips | {training['steps']:,} × {training['batch']} "
                     f"| {with_interval(found['embeddings'])} | {with_interval(found['handmade'])} | {percent(found['chance'])} |")
    emotions = list(next(iter(result["corpora"].values()))["embeddings"]["said"])
    lines += ["", "How much of each emotion the encoder's classifier recognised:", "",
              "| language left out | " + " | ".join(emotions) + " |", "|---|" + "---|" * len(emotions)]
    for found in result["corpora"].values():
        recalls = found["embeddings"]["recall"]
        cells = (percent(recalls[emotion]) if emotion in recalls else "–" for emotion in emotions)
        lines.append(f"| {found['language']} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def of_language(found):
    ours, theirs = found["embeddings"], found["handmade"]
    verdict = "clearly better than chance" if ours["interval"][0] > found["chance"] else "**not clearly better than chance**"
    training = found["training"]
    return (f"- **{found['language']}** ({TITLES[found['corpus']]}, {found['clips']:,} clips of {found['speakers']} speakers): unweighted average recall "
            f"{with_interval(ours)} per cent, {verdict} ({percent(found['chance'])}); the features made by hand {with_interval(theirs)}. "
            f"An encoder of {training['steps']:,} steps of {training['batch']} clips{'' if training['committee'] else ', without a committee'}.")


def languages_of_card(result):
    lines = [of_language({**found, "corpus": corpus}) for corpus, found in result["corpora"].items()]
    return "\n".join([*lines, "", "In brackets: the 95 % interval, a bootstrap over few speakers, and rough. The shipped encoder has 1,700 steps of 64 clips and a committee; "
                      "what all of that gives on a language left out was not measured."])


# Document, name of the results and of the marks, what is written.
PARTS = [(DOCUMENT, "selection", selection), (DOCUMENT, "unheard-languages", unheard_languages), (CARD, "unheard-languages", languages_of_card)]


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
