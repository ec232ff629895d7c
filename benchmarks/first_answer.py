#!/usr/bin/env python3
"""Time from the start of the program to its first answer, and its peak memory, as a user sees them; and where the time of
the encoding goes.

Trains a bundle for the encoder on noise first, since `predict` needs one: what it answers means nothing, what it costs
does. Prints one JSON object.
"""

import argparse
import json
import math
import os
import pathlib
import random
import statistics
import struct
import subprocess
import time

RATE = 16000


def write_wav(path, seconds, seed):
    """Noise under a slow envelope, 16-bit mono. A second at a time: what this process has ever held counts as the peak of those it starts."""
    generator = random.Random(seed)
    count = int(seconds * RATE)
    with open(path, "wb") as file:
        file.write(struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + 2 * count, b"WAVE", b"fmt ", 16, 1, 1, RATE, 2 * RATE, 2, 16,
                               b"data", 2 * count))
        for begin in range(0, count, RATE):
            places = range(begin, min(begin + RATE, count))
            samples = [int(6000 * generator.gauss(0, 1) * (1.2 + math.sin(i / 3000.0)) / 2.2) for i in places]
            file.write(struct.pack(f"<{len(samples)}h", *(max(-32768, min(32767, s)) for s in samples)))


def train_on_noise(undertone, encoder, work):
    bundle = work / "noise-bundle.safetensors"
    clips = work / "noise"
    clips.mkdir(exist_ok=True)
    lines = ["filepath,emotion,speaker_id,sentence_id"]
    for i in range(60):
        path = clips / f"{i}.wav"
        write_wav(path, 1.0, i)
        lines.append(f"noise/{i}.wav,{['Neutral', 'Happy', 'Sad', 'Angry', 'Fear', 'Disgust'][i % 6]},,")
    (work / "noise.csv").write_text("\n".join(lines) + "\n")
    subprocess.run([undertone, "extract", work / "noise.csv", "-o", work / "noise.npz", "--encoder", encoder, "--force"],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    subprocess.run([undertone, "train", work / "noise.npz", "-o", bundle, "--pca", "20", "--force"], check=True,
                   stdout=subprocess.DEVNULL)
    return bundle


def run_once(command):
    """Seconds of wall time and peak resident MiB of one process."""
    begin = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"{command} ended with status {status}")
    return time.perf_counter() - begin, usage.ru_maxrss / 1024


def measure(command, repeats=5):
    runs = [run_once(command) for _ in range(repeats + 1)][1:]  # the first warms the page cache
    return {"wall_s": statistics.median(r[0] for r in runs), "wall_s_all": [r[0] for r in runs],
            "peak_memory_mib": max(r[1] for r in runs)}


def profile(command, clip, repeats=5):
    """What `predict --profile` says of a clip, medians: seconds and share of the whole, and GFLOP/s of products."""
    runs = []
    for _ in range(repeats):
        output = subprocess.run([*command, clip, "--json", "--profile", "--timing"], check=True, capture_output=True).stdout
        answer = json.loads(output)
        whole = sum(answer["timing_ms"].values())
        runs.append({part["part"]: {"s": part["ms"] / 1e3, "share": part["ms"] / whole,
                                    **({"gflops": part["gflop"] / part["ms"] * 1e3} if "gflop" in part else {})}
                     for part in answer["profile"]})
    return {part: {key: statistics.median(run[part][key] for run in runs) for key in runs[0][part]} for part in runs[0]}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--undertone", required=True)
    parser.add_argument("--encoder", required=True, type=pathlib.Path)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    arguments = parser.parse_args()
    clip = arguments.work / "clip-3s.wav"
    write_wav(clip, 3.0, 99)
    bundle = train_on_noise(arguments.undertone, arguments.encoder, arguments.work)
    weights = arguments.encoder / "model.safetensors"
    large = [arguments.undertone, "predict", clip, "--json", "--encoder", arguments.encoder, "--model", bundle]
    packed = {}
    for precision in ("f32", "bf16", "int8"):
        folder = arguments.work / f"hubert-large-{precision}"
        pack = [arguments.undertone, "models", "pack", arguments.encoder, "-o", folder, "--precision", precision, "--force"]
        if subprocess.run(pack, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
            packed[f"hubert_large_packed_{precision}"] = measure(
                [arguments.undertone, "predict", clip, "--json", "--encoder", folder, "--model", bundle])
    reduced = {}
    for precision in ("bf16", "int8"):  # where the processor has them
        command = [*large, "--precision", precision]
        if subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0:
            reduced[f"hubert_large_{precision}"] = measure(command)
    long_clip = arguments.work / "clip-30s.wav"
    write_wav(long_clip, 30.0, 98)
    predict = [arguments.undertone, "predict", "--encoder", arguments.encoder, "--model", bundle]
    profiles = [{"clip_s": seconds, "parts": profile(predict, path)} for seconds, path in ((3.0, clip), (30.0, long_clip))]
    print(json.dumps({"profiles": profiles, "first_answer": {
        "clip_s": 3.0,
        "weights_mib": weights.stat().st_size / 2**20,
        "hubert_large": measure(large),
        **reduced,
        **packed,
        "undertone_small": measure([arguments.undertone, "predict", clip, "--json"]),
        "reading_the_weights": measure(["cat", weights]),
    }}))


if __name__ == "__main__":
    main()
