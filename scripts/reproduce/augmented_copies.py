#!/usr/bin/env python3
"""Makes a noisy copy of every recording of a metadata file, and two metadata files of originals and copies together.

    augmented_copies.py METADATA FOLDER

FOLDER/marked.csv has a column `group` that names the original of each; FOLDER/unmarked.csv leaves it out, as a careless
experiment does. The noise is pink, at a fixed level, seeded by the recording's place in the file.
"""

import concurrent.futures
import csv
import os
import pathlib
import subprocess
import sys

NOISE = "anoisesrc=color=pink:amplitude=0.003:sample_rate=16000:seed={seed}"


def copy_with_noise(source, target, seed):
    if target.exists():
        return
    temporary = target.with_suffix(".part.flac")
    subprocess.run(
        ["ffmpeg", "-v", "error", "-y", "-i", source, "-filter_complex",
         f"[0]aresample=16000,aformat=channel_layouts=mono[s];{NOISE.format(seed=seed)}[n];"
         "[s][n]amix=inputs=2:duration=first:normalize=0",
         "-bitexact", "-c:a", "flac", temporary], check=True, stdin=subprocess.DEVNULL)
    temporary.rename(target)


def write(path, columns, rows):
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main():
    metadata, folder = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    with open(metadata, newline="") as file:
        originals = list(csv.DictReader(file))
    rows = []
    jobs = []
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for number, original in enumerate(originals):
            source = (metadata.parent / original["filepath"]).resolve()
            copy = folder / f"{source.stem}-noise.flac"
            jobs.append(pool.submit(copy_with_noise, source, copy, number + 1))
            rows.append({**original, "filepath": str(source), "group": source.stem})
            # The copy's content is not the original's: its hash is not known here.
            rows.append({**original, "filepath": str(copy.resolve()), "group": source.stem, "sha256": ""})
        for job in jobs:
            job.result()
    columns = list(originals[0])
    write(folder / "marked.csv", columns + ["group"], rows)
    write(folder / "unmarked.csv", columns, rows)
    print(f"{len(originals)} recordings, each with a noisy copy: {folder}")


if __name__ == "__main__":
    main()
