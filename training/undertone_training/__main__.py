"""python3 -m undertone_training pack | train: see ../README.md."""

import argparse
import json
from pathlib import Path

import numpy as np

from .encoder import Shape
from .recipe import Recipe
from .recordings import Recordings, read_recordings
from .splits import held_out


def pack(arguments) -> None:
    recordings = read_recordings(arguments.metadata)
    recordings.save(arguments.output)
    print(f"{len(recordings)} clips, {len(recordings.samples) / 16000 / 3600:.2f} h -> {arguments.output}")


def train(arguments) -> None:
    import torch  # pylint: disable=import-outside-toplevel

    from .checkpoint import export
    from .embedding import embed, unweighted_recall
    from .training import Trainer

    recordings = Recordings.load(arguments.recordings)
    shape = Shape(width=arguments.width, layers=arguments.layers, heads=arguments.heads, inner=arguments.inner)
    named = [text.partition(":") for text in arguments.model]
    splits = [split for split, _, _ in named]
    recipes = [Recipe.parse(text) for _, _, text in named]
    device = arguments.device or ("cuda" if torch.cuda.is_available() else "cpu")
    trainer = Trainer(recordings, splits, recipes, shape, steps=arguments.steps, batch=arguments.batch,
                      seconds=arguments.seconds, device=device, seed=arguments.seed, compiled=arguments.compile)  # fmt: skip
    folder = Path(arguments.output)
    folder.mkdir(parents=True, exist_ok=True)
    trainer.run(folder / "log.jsonl")
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


def main() -> None:
    parser = argparse.ArgumentParser(prog="undertone_training", description=__doc__)
    commands = parser.add_subparsers(required=True)
    packing = commands.add_parser("pack", help="recordings of metadata files into one file of samples")
    packing.add_argument("metadata", nargs="+", type=Path, help="made by `undertone prepare --all-emotions`")
    packing.add_argument("-o", "--output", required=True, type=Path)
    packing.set_defaults(run=pack)
    training = commands.add_parser("train", help="models side by side")
    training.add_argument("recordings", type=Path, help="made by pack")
    training.add_argument("-o", "--output", required=True, help="folder")
    training.add_argument("--model", action="append", required=True,
                          help="SPLIT or SPLIT:name=value,…; repeat it for models side by side")  # fmt: skip
    training.add_argument("--steps", type=int, default=6000)
    training.add_argument("--batch", type=int, default=64)
    training.add_argument("--seconds", type=float, default=3.0, help="how much of a clip is heard at once")
    training.add_argument("--width", type=int, default=256)
    training.add_argument("--layers", type=int, default=5)
    training.add_argument("--heads", type=int, default=4)
    training.add_argument("--inner", type=int, default=1024)
    training.add_argument("--seed", type=int, default=1)
    training.add_argument("--device", help="cuda or cpu; the first where there is one")
    training.add_argument("--compile", action="store_true", help="fuse kernels first (PyTorch 2; minutes saved on long runs)")
    training.add_argument("--export", action="store_true", help="write each encoder as a checkpoint")
    training.set_defaults(run=train)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
