#!/usr/bin/env python3
"""The figures of models/undertone-small/README.md.

    card.py collect OUTPUT --command TEXT   reports of scripts/model-card.sh to results.json beside the card, and write
    card.py write                           results.json to the card and reliability.svg
    card.py check                           exit code 1 if these do not match results.json
"""

import argparse
import collections
import datetime
import json
import pathlib
import subprocess
import sys

from reliability import diagram

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FOLDER = ROOT / "models" / "undertone-small"
RESULTS = FOLDER / "results.json"
DOCUMENT = FOLDER / "README.md"
DIAGRAM = FOLDER / "reliability.svg"
BEGIN = "<!-- figures: made by scripts/model-card/card.py from results.json -->"
END = "<!-- end of figures -->"

CORPORA = {"ravdess": "RAVDESS", "emodb": "EmoDB", "nemo": "nEMO"}
# Reports that model-card.sh writes: the first two always, the third where there is a bundle.
SUBJECTS = {"embeddings": "undertone-small", "handmade": "hand-made features", "bundle": "calibrated on voices the encoder had not heard"}
FIGURES = ("samples", "uar", "accuracy", "macro_f1", "ece", "brier")


def recall_by_speaker(clips):
    """The unweighted average recall of each speaker's clips."""
    outcomes = collections.defaultdict(lambda: collections.defaultdict(list))
    for clip in clips:
        outcomes[clip["speaker"]][clip["truth"]].append(clip["truth"] == clip["predicted"])
    return {speaker: sum(sum(right) / len(right) for right in classes.values()) / len(classes)
            for speaker, classes in sorted(outcomes.items())}


def subject(report):
    (evaluation,) = report["evaluations"]
    scores = evaluation["scores"]
    speakers = recall_by_speaker(evaluation["clips"])
    corpora = {}
    for subgroup in evaluation["subgroups"]:
        if subgroup["column"] == "corpus":
            name = subgroup["value"]
            own = {speaker: round(recall, 4) for speaker, recall in speakers.items() if speaker.startswith(name + "-")}
            corpora[name] = {key: subgroup["scores"][key] for key in FIGURES} | {
                "confusion": subgroup["scores"]["confusion"], "uar_by_speaker": own}
    (fold,) = evaluation["fold_outcomes"]
    return {"facts": {fact["name"]: fact["value"] for fact in report["facts"]}, "description": evaluation["description"],
            "class_names": evaluation["class_names"], "train_clips": fold["train_samples"], "train_speakers": fold["train_speakers"],
            "test_speakers": len(speakers), "intervals": evaluation["intervals"],
            **{key: scores[key] for key in FIGURES},
            "confusion": scores["confusion"], "recall": {c["emotion"]: c["recall"] for c in scores["classes"]},
            "reliability": scores["reliability"], "corpora": corpora, "notices": evaluation["notices"]}


def collect(output, command):
    subjects = {name: subject(json.loads((output / name / "report.json").read_text(encoding="utf-8")))
                for name in SUBJECTS if (output / name / "report.json").exists()}
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, check=True, capture_output=True, text=True)
    result = {"command": command, "commit": commit.stdout.strip(), "date": datetime.date.today().isoformat(), "subjects": subjects}
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(f"written: {RESULTS.relative_to(ROOT)}")


def percent(value):
    return f"{100 * value:.1f}"


def interval(figures, name):
    low, high = figures["intervals"][name]
    return f"{percent(figures[name])} ({percent(low)}–{percent(high)})"


def of_corpus(figures):
    speakers = figures["uar_by_speaker"].values()
    return f"{percent(figures['uar'])} ({percent(min(speakers))}–{percent(max(speakers))})"


def recall_table(ours, yardstick):
    lines = ["| UAR, per cent | clips, speakers | undertone-small | hand-made features | chance |", "|---|---|---|---|---|"]
    for corpus, title in CORPORA.items():
        a, b = ours["corpora"][corpus], yardstick["corpora"][corpus]
        classes = sum(any(row) for row in a["confusion"])
        tested = f"{a['samples']}, {len(a['uar_by_speaker'])}"
        lines.append(f"| {title} (lowest–highest speaker) | {tested} | {of_corpus(a)} | {of_corpus(b)} | {percent(1 / classes)} |")
    for name, title in (("uar", "all (95 % interval)"), ("accuracy", "all, accuracy"), ("macro_f1", "all, macro-F1")):
        chance = percent(1 / len(ours["class_names"])) if name == "uar" else ""
        tested = f"{ours['samples']:,}, {ours['test_speakers']}"
        lines.append(f"| {title} | {tested} | {interval(ours, name)} | {interval(yardstick, name)} | {chance} |")
    return "\n".join(lines)


def confusion_table(figures):
    names = figures["class_names"]
    lines = ["| is \\ said | " + " | ".join(names) + " | recall |", "|---|" + "---|" * (len(names) + 1)]
    for name, row in zip(names, figures["confusion"]):
        lines.append(f"| {name} | " + " | ".join(map(str, row)) + f" | {percent(figures['recall'][name])} |")
    return "\n".join(lines)


def calibrations(subjects):
    """(name, figures): as `undertone train` calibrates by itself, and as the bundle was."""
    found = [("calibrated on folds of its training data", subjects["embeddings"])]
    return found + [(SUBJECTS["bundle"], subjects["bundle"])] if "bundle" in subjects else found


def calibration_table(subjects):
    lines = ["| probabilities | ECE | " + " | ".join(CORPORA.values()) + " | Brier score |", "|---|" + "---|" * (len(CORPORA) + 2)]
    for name, figures in calibrations(subjects):
        lines.append(f"| {name} | {figures['ece']:.3f} | " + " | ".join(f"{figures['corpora'][c]['ece']:.3f}" for c in CORPORA)
                     + f" | {figures['brier']:.3f} |")
    return "\n".join(lines)


def section(result):
    subjects = result["subjects"]
    ours = subjects["embeddings"]
    clips, speakers = f"{ours['train_clips']:,}", ours["train_speakers"]
    return "\n\n".join([
        f"Made by `{result['command']}` at {result['commit']}, {result['date']}: an encoder of the same recipe that was not trained on "
        f"the test speakers (`training/report-model`); scaler, PCA 150 and RBF-SVM (C = 0.3; for the features made by hand 10: what the selection folds chose for each) fitted to {clips} clips of {speakers} speakers whom the encoder "
        "heard; both kinds of features by the same classifier.",
        recall_table(ours, subjects["handmade"]),
        "The interval is a bootstrap over eight speakers, and rough. What was said of all test clips:", confusion_table(ours),
        "How far probabilities are from what comes true (expected calibration error over ten bins; 0 is best):",
        calibration_table(subjects),
        f"![What was claimed and what came true]({DIAGRAM.name})"])


def updated():
    """Path to what stands there and what belongs there."""
    result = json.loads(RESULTS.read_text(encoding="utf-8"))
    text = DOCUMENT.read_text(encoding="utf-8")
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        sys.exit(f"{DOCUMENT.relative_to(ROOT)}: the figures belong between one line '{BEGIN}' and one '{END}'")
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    picture = diagram([(name, figures["reliability"]) for name, figures in calibrations(result["subjects"])])
    there = DIAGRAM.read_text(encoding="utf-8") if DIAGRAM.exists() else ""
    return {DOCUMENT: (text, f"{before}{BEGIN}\n\n{section(result)}\n\n{END}{after}"), DIAGRAM: (there, picture)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=["collect", "write", "check"])
    parser.add_argument("output", nargs="?", type=pathlib.Path)
    parser.add_argument("--command", default="")
    arguments = parser.parse_args()
    if arguments.action == "collect":
        if arguments.output is None:
            parser.error("collect needs OUTPUT, the folder of scripts/model-card.sh")
        collect(arguments.output, arguments.command)
    for path, (there, belongs) in updated().items():
        if there == belongs:
            continue
        if arguments.action == "check":
            print(f"{path.relative_to(ROOT)} does not match results.json; run scripts/model-card/card.py write")
            sys.exit(1)
        path.write_text(belongs, encoding="utf-8")
        print(f"written: {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
