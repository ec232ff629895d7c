#!/usr/bin/env python3
"""Runs `undertone` on ever longer clips and on ever more of them, and writes what that cost; called by benchmarks/growth.sh.

Every figure is a whole process's: wall time from its start to its end, and peak memory as the kernel tells it. Clips are noise.
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import first_answer  # noqa: E402

CLIP_S = 3.0
# Clips of these lengths to `predict`, all cores to each; and how many rounds.
LENGTHS = [(1, 5), (3, 5), (10, 3), (30, 3), (60, 1), (120, 1), (300, 1), (600, 1)]
# So many clips of 3 s to `extract`, spread over the cores: to the embedded encoder, and to the large one.
COUNTS = ([(1, 5), (4, 5), (16, 5), (64, 3), (256, 3)], [(1, 3), (4, 3), (8, 3), (16, 3), (32, 3)])
# And for its throughput: all clips less one, by the difference of the times, so that the start does not count.
THROUGHPUT, THROUGHPUT_ROUNDS = (257, 13), 4
QUICK_LENGTHS = [(1, 1), (3, 1)]
QUICK_COUNTS = ([(1, 1), (4, 1)], [(1, 1), (2, 1)])
QUICK_THROUGHPUT = (9, 3)
EMBEDDED = "undertone-small"


class Program:
    def __init__(self, arguments):
        self.undertone = str(arguments.undertone)
        self.work = arguments.work / "growth"
        self.work.mkdir(parents=True, exist_ok=True)
        self.encoder = arguments.encoder
        self.bundle = first_answer.train_on_noise(arguments.undertone, arguments.encoder, arguments.work)
        self.subjects = [(EMBEDDED, "f32"), (arguments.encoder.name, "f32")]
        reduced = (arguments.encoder.name, "bf16")
        if subprocess.run(self.predict(self.clip(1), reduced), stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode == 0:
            self.subjects.append(reduced)  # where the processor has it

    def clip(self, seconds):
        path = self.work / f"{seconds:g}s.wav"
        if not path.exists():
            first_answer.write_wav(path, seconds, round(seconds))
        return path

    def clips(self, count):
        """A folder of so many clips of 3 s: copies, for what is heard does not change what it costs."""
        folder = self.work / f"{count}-clips"
        folder.mkdir(exist_ok=True)
        for i in range(count):
            if not (folder / f"{i}.wav").exists():
                shutil.copyfile(self.clip(CLIP_S), folder / f"{i}.wav")
        return folder

    def options(self, subject):
        encoder, precision = subject
        return ["--precision", precision] + (["--encoder", self.encoder] if encoder != EMBEDDED else [])

    def predict(self, clip, subject):
        bundle = ["--model", self.bundle] if subject[0] != EMBEDDED else []
        return [self.undertone, "predict", clip, "--json", "-q", *self.options(subject), *bundle]

    def extract(self, folder, subject, cores):
        """Bound to these cores, a thread on each."""
        return ["taskset", "--cpu-list", ",".join(map(str, cores)), self.undertone, "extract", folder, "-o",
                self.work / f"embeddings-{cores[0]}.npz", "--force", "--restart", "-q", *self.options(subject), "--threads",
                str(len(cores))]


def of_size(subject, embedded_and_large):
    return embedded_and_large[0 if subject[0] == EMBEDDED else 1]


def runs_of(commands, rounds):
    """(seconds, MiB) of each command in each round, in turns. A single round is of long runs, which what was read before serves."""
    warming = 1 if rounds > 1 else 0
    runs = [[first_answer.run_once(command) for command in commands] for _ in range(warming + rounds)][warming:]
    return [list(own) for own in zip(*runs)]


def entry(subject, x, runs):
    return {"encoder": subject[0], "precision": subject[1], **x, "wall_s": statistics.median(r[0] for r in runs),
            "wall_s_all": [r[0] for r in runs], "peak_memory_mib": max(r[1] for r in runs)}


def by_length(program, lengths):
    entries = []
    for seconds, rounds in lengths:
        commands = [program.predict(program.clip(seconds), subject) for subject in program.subjects]
        for subject, runs in zip(program.subjects, runs_of(commands, rounds)):
            entries.append(entry(subject, {"clip_s": seconds}, runs))
            print(entries[-1], flush=True)
    return entries


def by_count(program, counts, cores):
    entries = []
    for subject in program.subjects:
        for count, rounds in of_size(subject, counts):
            (runs,) = runs_of([program.extract(program.clips(count), subject, cores)], rounds)
            entries.append(entry(subject, {"clips": count}, runs))
            print(entries[-1], flush=True)
    return entries


def seconds_together(commands):
    """From the start of all to the end of the last."""
    begin = time.perf_counter()
    processes = [subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for command in commands]
    if any([process.wait() for process in processes]):
        raise SystemExit(f"one of {commands} failed")
    return time.perf_counter() - begin


def throughput(program, counts, cores, rounds):
    """Clips a second: of one process on one core, of one on all, and of one for each core, which share nothing."""
    ways = {"one_core": [cores[:1]], "all_cores": [cores], "apart": [[core] for core in cores]}
    entries = []
    for subject in program.subjects:
        count = of_size(subject, counts)
        rates = {way: [] for way in ways}
        for number in range(-1, rounds):
            for way, sets in ways.items():
                one, many = (seconds_together([program.extract(program.clips(n), subject, own) for own in sets]) for n in (1, count))
                heard = (count - 1) * len(sets)
                if number >= 0:
                    rates[way].append(heard / (many - one))
        entries.append({"encoder": subject[0], "precision": subject[1], "clips": count - 1, "clips_per_s_all": rates})
        print(entries[-1], flush=True)
    return entries


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--undertone", required=True, type=pathlib.Path)
    parser.add_argument("--encoder", required=True, type=pathlib.Path)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("--output", required=True, type=pathlib.Path)
    parser.add_argument("--command", required=True)
    parser.add_argument("--commit", required=True)
    parser.add_argument("--processor", required=True)
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    cores = sorted(os.sched_getaffinity(0))
    program = Program(arguments)
    quick = arguments.quick
    result = {
        "kind": "growth", "command": arguments.command, "commit": arguments.commit, "date": datetime.date.today().isoformat(),
        "load": load, "system": f"{platform.system()} {platform.machine()}", "processor": arguments.processor, "cores": len(cores),
        "clip_s": CLIP_S,
        "by_length": by_length(program, QUICK_LENGTHS if quick else LENGTHS),
        "by_count": by_count(program, QUICK_COUNTS if quick else COUNTS, cores),
        "throughput": throughput(program, QUICK_THROUGHPUT if quick else THROUGHPUT, cores, 2 if quick else THROUGHPUT_ROUNDS)}
    unfinished = arguments.output.with_name(arguments.output.name + ".unfinished")
    unfinished.write_text(json.dumps(result, indent=1) + "\n")
    unfinished.replace(arguments.output)
    print(f"written: {arguments.output}")


if __name__ == "__main__":
    main()
