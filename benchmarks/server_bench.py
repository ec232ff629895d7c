#!/usr/bin/env python3
"""What the server adds to a prediction, how many it answers, and how it fares among bad clients.

    server_bench.py PROGRAM --name NAME [--rounds 3] [--load-seconds 60]

Everything runs on this machine, over loopback, with a synthetic clip of 3 s and the embedded default. Writes
benchmarks/results/server-NAME.json.
"""

import argparse
import asyncio
import datetime
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "server"))
import clients  # noqa: E402

CLIP_S = 3.0
SEQUENTIAL = 200
PHASE_S = 10.0
CONCURRENCY = [1, 2, 4, 8]


def percentile(values, fraction):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(fraction * len(ordered)))]


async def sequential(port, recording):
    """One request at a time: (latency, what of it was decoding, encoding and classifying), milliseconds."""
    connection = clients.Connection(port)
    content_type, body = clients.multipart(recording)
    pairs = []
    for i in range(SEQUENTIAL + 20):
        begin = time.perf_counter()
        answer = await connection.request("POST", "/emotion_predict?timing=1", body, content_type)
        latency = 1000 * (time.perf_counter() - begin)
        assert answer.status == 200, answer.body
        if i >= 20:
            pairs.append((latency, sum(answer.json()["timing_ms"].values())))
    await connection.close()
    return pairs


async def concurrent(port, recording, count):
    """`count` clients that each ask again as soon as they are answered: latencies in milliseconds."""
    content_type, body = clients.multipart(recording)
    latencies = []
    end = time.perf_counter() + PHASE_S

    async def ask():
        connection = clients.Connection(port)
        while time.perf_counter() < end:
            begin = time.perf_counter()
            answer = await connection.request("POST", "/emotion_predict", body, content_type)
            assert answer.status == 200, answer.body
            latencies.append(1000 * (time.perf_counter() - begin))
        await connection.close()

    await asyncio.gather(*(ask() for _ in range(count)))
    return latencies


def bare(program, recording):
    """`undertone predict` on many copies, as many at a time as there are cores: clips a second, its start left out."""
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for i in range(400):
            path = pathlib.Path(folder) / f"{i}.wav"
            path.write_bytes(recording)
            paths.append(str(path))

        def seconds(inputs):
            begin = time.perf_counter()
            done = subprocess.run([program, "predict", "--jsonl", "-q", *inputs], capture_output=True, check=True)
            assert len(done.stdout.splitlines()) == len(inputs)
            return time.perf_counter() - begin

        return (len(paths) - 1) / (seconds(paths) - seconds(paths[:1]))


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def measure(program, rounds):
    recording = clients.wav(clients.speech_like(CLIP_S))
    overhead, latency, own, bare_rates = [], [], [], []
    phases = {count: {"rate": [], "p50": [], "p99": []} for count in CONCURRENCY}
    for _ in range(rounds):
        bare_rates.append(bare(program, recording))
        server = clients.Server(program)
        pairs = asyncio.run(sequential(server.port, recording))
        overhead.append([whole - inside for whole, inside in pairs])
        latency.append([whole for whole, _ in pairs])
        own.append([inside for _, inside in pairs])
        for count in CONCURRENCY:
            latencies = asyncio.run(concurrent(server.port, recording, count))
            phases[count]["rate"].append(len(latencies) / PHASE_S)
            phases[count]["p50"].append(percentile(latencies, 0.5))
            phases[count]["p99"].append(percentile(latencies, 0.99))
        if server.stop() != 0:
            raise RuntimeError("the server did not stop in order")

    def median_of(rounds_, fraction):
        return statistics.median(percentile(values, fraction) for values in rounds_)

    bare_rate = statistics.median(bare_rates)
    return {
        "sequential": {
            "requests": SEQUENTIAL,
            "latency_p50_ms": median_of(latency, 0.5),
            "latency_p99_ms": median_of(latency, 0.99),
            "prediction_p50_ms": median_of(own, 0.5),
            "added_p50_ms": median_of(overhead, 0.5),
            "added_p99_ms": median_of(overhead, 0.99),
        },
        "predict_clips_per_s": bare_rate,
        "concurrent": [
            {
                "clients": count,
                "requests_per_s": statistics.median(phases[count]["rate"]),
                "over_predict": statistics.median(phases[count]["rate"]) / bare_rate,
                "p50_ms": statistics.median(phases[count]["p50"]),
                "p99_ms": statistics.median(phases[count]["p99"]),
            }
            for count in CONCURRENCY
        ],
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--name", required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--load-seconds", type=float, default=60)
    arguments = parser.parse_args()
    result = measure(arguments.program, arguments.rounds)
    with tempfile.TemporaryDirectory() as folder:
        load = pathlib.Path(folder) / "load.json"
        subprocess.run(
            [sys.executable, "-B", str(ROOT / "tests/server/load_test.py"), arguments.program,
             str(arguments.load_seconds), str(load)],
            check=True,
        )  # fmt: skip
        result["load"] = json.loads(load.read_text(encoding="utf-8"))
    commit = subprocess.run(
        ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True
    ).stdout.strip()
    version = subprocess.run([arguments.program, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    result = {
        "kind": "server",
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "date": datetime.date.today().isoformat(),
        "commit": commit,
        "version": version,
        "python": platform.python_version(),
        "command": f"benchmarks/server.sh {arguments.name}",
        "rounds": arguments.rounds,
        "clip_s": CLIP_S,
        **result,
    }
    path = ROOT / "benchmarks" / "results" / f"server-{arguments.name}.json"
    path.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(path)


if __name__ == "__main__":
    main()
