"""What the tests of training/ share."""

import csv
import importlib.util
import os
import pathlib
import subprocess
import sys
import wave

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TRAINING = ROOT / "training"
SKIPPED = 77  # CTest's SKIP_RETURN_CODE
sys.path.insert(0, str(TRAINING))


def require(*modules):
    """Ends the test as skipped where a module is missing."""
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        print(f"skipped: {sys.executable} has no {', '.join(missing)}")
        sys.exit(SKIPPED)


def run(*command):
    """Standard output; the test fails with both outputs where the command does."""
    environment = {**os.environ, "PYTHONPATH": str(TRAINING), "OMP_NUM_THREADS": "2"}
    done = subprocess.run([str(part) for part in command], env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def train(*arguments):
    return run(sys.executable, "-B", "-m", "undertone_training", *arguments)


def write_corpus(folder, speakers, emotions, multiple=1, seed=20240607):
    """Synthetic voices as 16 kHz WAV: pulses of a speaker's pitch, with melody, tempo and timbre by emotion, in noise.

    Each has a multiple of so many samples. Returns the metadata."""
    import numpy as np  # pylint: disable=import-outside-toplevel

    generator = np.random.default_rng(seed)
    rows = []
    for number, speaker in enumerate(speakers):
        for place, emotion in enumerate(emotions):
            length = int(generator.integers(12_000, 33_000)) // multiple * multiple
            time = np.arange(length) / 16_000.0
            pitch = 100.0 + 12.0 * number + (25.0 + 15.0 * place) * np.sin(2 * np.pi * (1.0 + place) * time)
            phase = 2 * np.pi * np.cumsum(pitch) / 16_000.0
            voice = sum(np.sin(k * phase) / k ** (0.5 + 0.5 * place) for k in range(1, 9))
            voice = voice * (0.4 + np.sin(2 * np.pi * (2 + place) * time) ** 2)
            signal = 0.12 * voice + 0.01 * generator.standard_normal(length)
            path = folder / f"{speaker}-{emotion}.wav"
            with wave.open(str(path), "wb") as file:
                file.setparams((1, 2, 16_000, length, "NONE", ""))
                file.writeframes(np.clip(np.round(signal * 16_384), -32_768, 32_767).astype("<i2").tobytes())
            rows.append({"filepath": path.name, "emotion": emotion, "speaker_id": speaker, "corpus": speaker.partition("-")[0]})
    metadata = folder / "corpus.csv"
    with open(metadata, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return metadata
