"""python3 -m undertone_training pack | train | summarise | fold | split | features: see ../README.md."""

import argparse
import json
from collections import Counter
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from . import fold_file, metadata, yardstick
from .recall import unweighted_recall
from .recordings import Recordings, read_recordings
from .splits import held_out, side


def pack(arguments) -> None:
    recordings = read_recordings(arguments.metadata)
    recordings.save(arguments.output)
    print(f"{len(recordings)} clips, {len(recordings.samples) / 16000 / 3600:.2f} h -> {arguments.output}")


def split(arguments) -> None:
    columns, rows = metadata.read(arguments.metadata)
    columns += [] if "split" in columns else ["split"]
    for row, value in zip(rows, side(arguments.model, [row["speaker_id"] for row in rows])):
        row["split"] = value
    rows = [row for row in rows if arguments.only in (None, row["split"])]
    metadata.write(arguments.output, columns, rows)
    counts = Counter(row["split"] or "neither" for row in rows)
    print(", ".join(f"{count} {name}" for name, count in sorted(counts.items())), "->", arguments.output)


def features(arguments) -> None:
    clips, values = yardstick.write(arguments.metadata, arguments.output)
    print(f"{clips} clips, {values} features each -> {arguments.output}")


def train(arguments) -> None:
    import torch  # pylint: disable=import-outside-toplevel

    from .checkpoint import export, read_shape
    from .embedding import embed
    from .encoder import Shape
    from .recipe import Recipe
    from .training import Trainer

    recordings = Recordings.load(arguments.recordings)
    shape = read_shape(arguments.start) if arguments.start else Shape()
    asked = {name: getattr(arguments, name) for name in ("width", "layers", "heads", "inner", "positions")}
    shape = replace(shape, **{name: value for name, value in asked.items() if value is not None})
    named = [text.partition(":") for text in arguments.model]
    splits = [name for name, _, _ in named]
    recipes = [Recipe.parse(text) for _, _, text in named]
    device = arguments.device or ("cuda" if torch.cuda.is_available() else "cpu")
    trainer = Trainer(recordings, splits, recipes, shape, steps=arguments.steps, batch=arguments.batch,
                      seconds=arguments.seconds, device=device, seed=arguments.seed, compiled=arguments.compile,
                      committee=arguments.committee, start=arguments.start, bfloat16=arguments.bfloat16)  # fmt: skip
    folder = Path(arguments.output)
    folder.mkdir(parents=True, exist_ok=True)
    trainer.run(folder / "log.jsonl")
    if arguments.keep:
        temporary = folder / "weights.pt.tmp"
        torch.save(trainer.models.state_dict(), temporary)
        temporary.replace(folder / "weights.pt")
    about = {"torch": torch.__version__, "device": torch.cuda.get_device_name() if trainer.device.type == "cuda" else "CPU",
             "bfloat16": trainer.bfloat16, "steps": arguments.steps, "batch": arguments.batch, "seconds_of_clip": arguments.seconds, "seed": arguments.seed,
             "start": arguments.start and arguments.start.name, "committee": arguments.committee and arguments.committee.name, "shape": asdict(shape),
             "recipes": [asdict(recipe) for recipe in recipes]}  # fmt: skip
    (folder / "run.json").write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")
    embeddings, logits = embed(trainer.models, recordings, trainer.device, trainer.values["normalise"])
    truth = np.array([trainer.emotions.index(e) for e in recordings.emotions])
    results = []
    for model, name in enumerate(arguments.model):
        out = held_out(splits[model], recordings.speakers)
        unheard = np.array([s in out for s in recordings.speakers])
        recall = {}
        for corpus in sorted(set(recordings.corpora)):
            these = unheard & (np.array(recordings.corpora) == corpus)
            if these.any():
                recall[corpus] = round(unweighted_recall(truth[these], logits[model, these].argmax(-1)), 4)
        results.append({"model": name, "unweighted_recall_of_the_output_layer_on_speakers_held_out": recall})
        print(json.dumps(results[-1]), flush=True)
        if arguments.export:
            export(trainer.models.encoders, model, folder / f"{model:02d}-{splits[model]}")
    (folder / "results.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    np.savez(folder / "embeddings.npz", embeddings=embeddings.astype(np.float16), logits=logits.astype(np.float16))


def convert(arguments) -> None:
    from . import ctranslate2_file  # pylint: disable=import-outside-toplevel

    print(ctranslate2_file.convert(arguments.model, arguments.output), "->", arguments.output)


def fold(arguments) -> None:
    fold_file.write(Recordings.load(arguments.recordings), arguments.folder, arguments.model, arguments.output)


def summarise(arguments) -> None:
    from . import selection  # pylint: disable=import-outside-toplevel

    result = selection.summarise(Recordings.load(arguments.recordings), arguments.runs)
    if arguments.add:
        before = json.loads(arguments.output.read_text(encoding="utf-8"))["runs"]
        names = {run["run"] for run in result["runs"]}
        result["runs"] = [run for run in before if run["run"] not in names] + result["runs"]
    arguments.output.write_text(selection.text_of(result), encoding="utf-8")
    print("hand-made features:", json.dumps(result["hand_made_features"]["unweighted_recall"]))
    for run in result["runs"]:
        for recipe in run["recipes"]:
            print(f"{run['run']}: {recipe['changes'] or 'defaults'}:", json.dumps(recipe["unweighted_recall"]))


def main() -> None:
    parser = argparse.ArgumentParser(prog="undertone_training", description=__doc__)
    commands = parser.add_subparsers(required=True)
    packing = commands.add_parser("pack", help="recordings of metadata files into one file of samples")
    packing.add_argument("metadata", nargs="+", type=Path, help="made by `undertone prepare --all-emotions`")
    packing.add_argument("-o", "--output", required=True, type=Path)
    packing.set_defaults(run=pack)
    summary = commands.add_parser("summarise", help="what the selection folds say of each recipe (needs scikit-learn)")
    summary.add_argument("recordings", type=Path, help="made by pack")
    summary.add_argument("runs", nargs="+", type=Path, help="folders that train wrote")
    summary.add_argument("-o", "--output", required=True, type=Path)
    summary.add_argument("--add", action="store_true", help="keep the output's other runs, whose folders may be gone")
    summary.set_defaults(run=summarise)
    folding = commands.add_parser("fold", help="one model's embeddings as `undertone extract` writes them, with the column `split`")
    folding.add_argument("recordings", type=Path, help="made by pack")
    folding.add_argument("folder", type=Path, help="that train wrote")
    folding.add_argument("--model", required=True, help="as it was named to train")
    folding.add_argument("-o", "--output", required=True, type=Path)
    folding.set_defaults(run=fold)
    splitting = commands.add_parser("split", help="metadata with the column `split`: who trains a model, who tests it")
    splitting.add_argument("metadata", nargs="+", type=Path, help="made by `undertone prepare`")
    splitting.add_argument("--model", required=True, help="report, shipped, selection-I, calibration-I or without-CORPUS")
    splitting.add_argument("--only", choices=["train", "test"], help="write this side alone")
    splitting.add_argument("-o", "--output", required=True, type=Path)
    splitting.set_defaults(run=split)
    yard = commands.add_parser("features", help="features made by hand, as a file that `undertone train` and `evaluate` read")
    yard.add_argument("metadata", nargs="+", type=Path, help="made by `undertone prepare`")
    yard.add_argument("-o", "--output", required=True, type=Path)
    yard.set_defaults(run=features)
    converting = commands.add_parser("convert", help="the encoder of a CTranslate2 Whisper model as a checkpoint")
    converting.add_argument("model", type=Path, help="model.bin")
    converting.add_argument("-o", "--output", required=True, type=Path, help="folder")
    converting.set_defaults(run=convert)
    training = commands.add_parser("train", help="models side by side")
    training.add_argument("recordings", type=Path, help="made by pack")
    training.add_argument("-o", "--output", required=True, help="folder")
    training.add_argument("--model", action="append", required=True,
                          help="SPLIT or SPLIT:name=value,…; repeat it for models side by side; SPLIT.I is a member of SPLIT's committee")  # fmt: skip
    training.add_argument("--steps", type=int, default=6000)
    training.add_argument("--batch", type=int, default=64)
    training.add_argument("--seconds", type=float, default=3.0, help="how much of a clip is heard at once")
    training.add_argument("--width", type=int)
    training.add_argument("--layers", type=int)
    training.add_argument("--heads", type=int)
    training.add_argument("--inner", type=int)
    training.add_argument("--positions", type=int, help="of the exported table: 50 for each second that is heard at once")
    training.add_argument("--start", type=Path, help="a Whisper checkpoint whose encoder to begin from; --layers may take its first ones")
    training.add_argument("--seed", type=int, default=1)
    training.add_argument("--device", help="cuda or cpu; the first where there is one")
    training.add_argument("--bfloat16", action="store_true", help="multiply in bfloat16 on a CPU too, as always on a GPU: faster where the CPU can")
    training.add_argument("--compile", action="store_true", help="fuse kernels first (PyTorch 2; minutes saved on long runs)")
    training.add_argument("--committee", type=Path, help="folder that train --keep wrote: its models SPLIT.0 .. SPLIT.3 teach SPLIT")
    training.add_argument("--keep", action="store_true", help="write all weights, for --committee")
    training.add_argument("--export", action="store_true", help="write each encoder as a checkpoint")
    training.set_defaults(run=train)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
