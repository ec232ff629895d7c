"""Undertone's program and the settings of the embedded classifier, for the scripts here."""

import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = str(ROOT / "build/release/bin/undertone")
CLASSIFIER = ["--pca", "150", "--class-weight", "balanced"]


def run(*command):
    """Standard output; ends the script where the command fails."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(done.stderr)
    return done.stdout


def evaluation(undertone, *arguments):
    """The one evaluation of `undertone evaluate`."""
    (found,) = json.loads(run(undertone, "evaluate", *arguments, "--json", "--quiet"))["evaluations"]
    return found


def write(path, result):
    temporary = path.with_suffix(".tmp")
    temporary.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    os.replace(temporary, path)
