#!/usr/bin/env python3
"""Lets Undertone and what could be used in its place encode the same clips in turns; called by benchmarks/peers.sh.

Each contestant is a process that has loaded the same weights and encodes what it is asked for (encoder_worker.cpp, worker.py),
bound to one core or to all. Contestants of one precision are started together and take turns clip by clip, every other round in
reverse; the first round of a length warms up and does not count. Before anything is timed the embeddings are compared with those of
Undertone in f32. Without --prepared there are no peers, only Undertone's precisions.
"""

import argparse
import dataclasses
import datetime
import json
import math
import os
import pathlib
import platform
import random
import statistics
import subprocess
import sys
import time
from array import array

import clip_lengths

HERE = pathlib.Path(__file__).resolve().parent
RATE = 16000
PAUSE_S = 0.05  # threads of the one before may spin for a while
ENOUGH_S = 15  # after so long no further round of a clip is begun
LIST = "list"
FLOOR = "products"
FIRST_ANSWER_SAMPLES, FIRST_ANSWERS = 3 * RATE, 3
CHECKED = (3 * RATE, 40961)  # samples of the recordings whose embeddings are compared
# Of an embedding to that of Undertone in f32: the least cosine, and the largest difference over the root mean square. In f32
# only the order of summation differs; what roundings to 8 bits may cost beyond is some three times what they were seen to.
BOUNDS = {"f32": (0.999999, 1e-4), "bf16": (0.9998, 0.1), "int8": (0.998, 0.4)}
# (name, precision, what the tables call it)
PEERS = [
    ("torch-eager", "f32", "PyTorch, eager attention"),
    ("torch-sdpa", "f32", "PyTorch, SDPA"),
    ("onnxruntime", "f32", "ONNX Runtime"),
    ("openvino", "f32", "OpenVINO"),
    ("torch-bf16", "bf16", "PyTorch, SDPA, bf16"),
    ("openvino-bf16", "bf16", "OpenVINO, bf16"),
    ("onnxruntime-int8", "int8", "ONNX Runtime, dynamic int8"),
    ("openvino-int8", "int8", "OpenVINO, static int8"),
]


class Failure(Exception):
    """What makes the whole comparison void."""


class Worker:
    """A contestant's process. Its messages go to a file, the end of which is shown if it fails."""

    def __init__(self, name, command, cores, messages):
        self.name = name
        self.messages = messages
        affinity = sorted(os.sched_getaffinity(0))[:cores]
        with messages.open("w") as log:
            self.process = subprocess.Popen(
                [str(part) for part in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
                preexec_fn=lambda: os.sched_setaffinity(0, affinity))

    def receive(self):
        line = self.process.stdout.readline()
        if not line:
            status = self.process.wait()
            said = "\n".join(self.messages.read_text(errors="replace").splitlines()[-20:])
            raise Failure(f"{self.name} ended with status {status}:\n{said}")
        return json.loads(line)

    def ask(self, what, samples):
        self.process.stdin.write(json.dumps({"do": what, "samples": samples}) + "\n")
        self.process.stdin.flush()
        return self.receive()

    def peak_memory_mib(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
        raise Failure(f"{self.name}: its peak memory is not told")

    def stop(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


class Contestants:
    def __init__(self, arguments):
        self.arguments = arguments
        self.samples = arguments.work / "peers-clip.f32"
        self.worker = str(arguments.worker)
        self.names = []  # (name, precision, label)
        offered = subprocess.run([self.worker, "--precisions"], stdout=subprocess.PIPE, check=True, text=True).stdout.split()
        # What multiplies alone has a process of its own, so that it adds nothing to an encoder's memory.
        self.undertone = {FLOOR: "f32", **{f"undertone-{precision}": precision for precision in offered}}
        for precision in offered:
            label = "Undertone" if precision == "f32" else f"Undertone, {precision}"
            self.names.append((f"undertone-{precision}", precision, label))
        if arguments.prepared:
            self.names += [peer for peer in PEERS if peer[1] in offered]
        self.precisions = [precision for precision in BOUNDS if precision in offered]

    def of(self, precision):
        """Undertone first."""
        return [name for name, own, _ in self.names if own == precision]

    def start(self, name, cores):
        a = self.arguments
        if name in self.undertone:
            command = [self.worker, a.encoder, self.samples, "--precision", self.undertone[name], "--threads", cores]
        else:
            command = [sys.executable, "-B", HERE / "worker.py", name, a.encoder, self.samples, "--prepared", a.prepared,
                       "--threads", cores]
        return Worker(name, command, cores, a.work / f"peers-{name}.log")


def write_noise(path, count):
    generator = random.Random(7)
    with path.open("wb") as file:
        array("f", (generator.gauss(0, 0.1) for _ in range(count))).tofile(file)


def compare(embedding, reference):
    if len(embedding) != len(reference) or not all(map(math.isfinite, embedding)):
        raise Failure(f"{len(embedding)} values in place of {len(reference)}, or not all of them finite")
    squares = sum(x * x for x in reference)
    cosine = sum(x * y for x, y in zip(embedding, reference)) / math.sqrt(squares * sum(x * x for x in embedding))
    largest = max(abs(x - y) for x, y in zip(embedding, reference))
    return {"cosine": cosine, "largest_difference": largest / math.sqrt(squares / len(reference))}


def check(workers, precision, counts, references):
    """Compares each worker's embeddings of clips of so many samples with Undertone's in f32, which the first one made."""
    least_cosine, largest = BOUNDS[precision]
    agreement = {}
    for worker in workers:
        comparisons = []
        for count in counts:
            embedding = worker.ask("embed", count)["embedding"]
            references.setdefault(count, embedding)
            comparisons.append(compare(embedding, references[count]))
        worst = {"cosine": min(c["cosine"] for c in comparisons),
                 "largest_difference": max(c["largest_difference"] for c in comparisons)}
        print(f"{worker.name}: cosine to Undertone's f32 {worst['cosine']:.7f}, largest difference {worst['largest_difference']:.1e}",
              flush=True)
        if worst["cosine"] < least_cosine or worst["largest_difference"] > largest:
            raise Failure(f"{worker.name} does not compute what Undertone computes: allowed are {least_cosine} and {largest}")
        agreement[worker.name] = worst
    return agreement


def take_turns(workers, floor, clip):
    """Seconds of each worker in each round, and of Undertone's bare products on `floor` where one recording is asked for."""
    turns = [(worker.name, worker, "encode") for worker in workers]
    if floor and clip.single:
        turns.append((floor.name, floor, "products"))
    seconds = {name: [] for name, _, _ in turns}
    begin = time.monotonic()
    for number, samples in enumerate(([clip.rounds[0]] if clip.warm_up else []) + clip.rounds):
        counted = number - (1 if clip.warm_up else 0)
        if counted >= clip.least and time.monotonic() - begin > ENOUGH_S:
            break
        for name, worker, what in turns if number % 2 == 0 else reversed(turns):
            taken = worker.ask(what, samples if what == "encode" else samples[0])["seconds"]
            if counted >= 0:
                seconds[name].append(taken)
            time.sleep(PAUSE_S)
    return seconds


def measure(contestants, precision, cores, plan, result, references):
    workers, floor = [], None
    try:
        for name in contestants.of(precision):
            workers.append(contestants.start(name, cores))
            ready = workers[-1].receive()
            ready.pop("ready")
            result["versions"].update(ready.pop("versions", {}))
            result["undertone"].update(ready if name in contestants.undertone else {})
        agreement = check(workers, precision, CHECKED, references)
        for name, worst in agreement.items():
            result["contestants"][name].update(worst)
        if precision == contestants.undertone[FLOOR]:
            floor = contestants.start(FLOOR, cores)
            floor.receive()
        for clip in plan:
            seconds = take_turns(workers, floor, clip)
            samples = [sum(round_) for round_ in clip.rounds[:len(seconds[workers[0].name])]]
            result["measurements"].append({"precision": precision, "cores": cores, "clip": clip.name, "samples_all": samples,
                                           "seconds_all": seconds})
            print(f"{precision}, {cores} core(s), {clip.name}: s per s of audio " + ", ".join(
                f"{name} {RATE * sum(all_) / sum(samples):.3f}" for name, all_ in seconds.items()), flush=True)
        for worker in workers:
            result["contestants"][worker.name]["peak_memory_mib"] = worker.peak_memory_mib()
    finally:
        for worker in workers + ([floor] if floor else []):
            worker.stop()


def first_answers(contestants, precision, cores, rounds, result):
    """From the start of a process to its first embedding, and its peak memory then. What is read from disk was read before."""
    for _ in range(rounds):
        for name in contestants.of(precision):
            begin = time.perf_counter()
            worker = contestants.start(name, cores)
            worker.receive()
            worker.ask("embed", FIRST_ANSWER_SAMPLES)
            taken = time.perf_counter() - begin
            entry = result["contestants"][name]
            entry.setdefault("first_answer_s_all", []).append(taken)
            entry["first_answer_memory_mib"] = max(entry.get("first_answer_memory_mib", 0), worker.peak_memory_mib())
            worker.stop()


@dataclasses.dataclass
class Clip:
    """What a row of the table measures."""

    name: str
    rounds: list  # of each: the samples of every recording
    least: int  # rounds that count, however long they take
    warm_up: bool = True

    @property
    def single(self):
        return all(len(samples) == 1 for samples in self.rounds)


def make_plan(quick):
    def single(seconds, most, least):
        return Clip(f"{seconds} s", [[RATE * seconds]] * most, least)

    if quick:
        return [single(1, 2, 2), single(3, 2, 2), Clip(LIST, [clip_lengths.quantiles(4)], 1, False)]
    # In a corpus hardly any length comes twice, so none does in the list, and nothing is warmed up for a length.
    lengths = clip_lengths.quantiles(20)
    return [single(1, 9, 5), single(3, 9, 3), single(10, 5, 2), single(30, 3, 2), Clip(LIST, [lengths[::2], lengths[1::2]], 2, False)]


def run(arguments):
    arguments.work.mkdir(parents=True, exist_ok=True)
    plan = make_plan(arguments.quick)
    contestants = Contestants(arguments)
    write_noise(contestants.samples, max(max(samples) for clip in plan for samples in clip.rounds))
    all_cores = len(os.sched_getaffinity(0))
    result = {
        "kind": "peers", "command": arguments.command, "commit": arguments.commit, "date": datetime.date.today().isoformat(),
        "load": os.getloadavg()[0], "system": f"{platform.system()} {platform.machine()}", "processor": arguments.processor,
        "cores": all_cores, "python": platform.python_version(), "encoder": arguments.encoder.name, "versions": {}, "undertone": {},
        "list_s": [samples / RATE for clip in plan if clip.name == LIST for round_ in clip.rounds for samples in round_],
        "contestants": {name: {"label": label, "precision": precision} for name, precision, label in contestants.names},
        "measurements": []}
    references = {}
    for precision in contestants.precisions:
        for cores in sorted({1, all_cores}):
            measure(contestants, precision, cores, plan, result, references)
        first_answers(contestants, precision, all_cores, 1 if arguments.quick else FIRST_ANSWERS, result)
    result["undertone"].pop("precision", None)
    unfinished = arguments.output.with_name(arguments.output.name + ".unfinished")
    unfinished.write_text(json.dumps(result, indent=1) + "\n")
    unfinished.replace(arguments.output)
    print(f"written: {arguments.output}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worker", required=True, type=pathlib.Path, help="undertone_encoder_worker")
    parser.add_argument("--encoder", required=True, type=pathlib.Path)
    parser.add_argument("--prepared", type=pathlib.Path)
    parser.add_argument("--work", required=True, type=pathlib.Path)
    parser.add_argument("--output", required=True, type=pathlib.Path)
    parser.add_argument("--command", required=True)
    parser.add_argument("--commit", required=True)
    parser.add_argument("--processor", required=True)
    parser.add_argument("--quick", action="store_true")
    try:
        run(parser.parse_args())
    except Failure as failure:
        sys.exit(f"peers: {failure}")


if __name__ == "__main__":
    main()
