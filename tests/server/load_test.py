#!/usr/bin/env python3
"""A server among good and bad clients: every good request is answered, every bad one as documented, nothing leaks.

    load_test.py PROGRAM SECONDS [RESULT.json]

Starts PROGRAM (an `undertone`) as a server on loopback and lets more clients than it has workers at it for SECONDS, bounded in
number. Prints what each kind of client met, and exits 1 if a good request went without its answer, a status was not the
documented one, the process grew, died, or did not stop in order.
"""

import asyncio
import collections
import json
import random
import sys
import time

import clients

GOOD_CLIENTS = 5
MOST_BAD_AT_ONCE = 12
# The server's own limits, made small so that they are met within the time.
OPTIONS = [
    "--max-body", "1", "--max-queue", "8", "--max-client-requests", "1000", "--max-client-connections", "1000",
    "--header-timeout", "2", "--request-timeout", "20", "--max-streams", "4", "--stream-idle", "5",
]  # fmt: skip


class Tally:
    def __init__(self):
        self.outcomes = collections.defaultdict(collections.Counter)
        self.faults = []
        self.latencies = []

    def note(self, kind, outcome, allowed):
        self.outcomes[kind][str(outcome)] += 1
        if outcome not in allowed:
            self.faults.append(f"{kind}: {outcome}, not one of {sorted(map(str, allowed))}")


async def good_client(server, recording, expected, end, tally):
    connection = clients.Connection(server.port)
    content_type, body = clients.multipart(recording)
    while time.monotonic() < end:
        begin = time.monotonic()
        # Told to wait, it waits: that is no failure, as long as it is answered in the end.
        for _ in range(200):
            try:
                answer = await connection.request("POST", "/emotion_predict", body, content_type)
            except (OSError, asyncio.IncompleteReadError) as error:
                tally.note("good request", type(error).__name__, {200})
                await connection.close()
                break
            if answer.status == 503 and answer.code() == "overloaded" and "retry-after" in answer.headers:
                tally.outcomes["good request"]["asked to wait"] += 1
                await asyncio.sleep(0.05 + 0.1 * random.random())
                continue
            tally.note("good request", answer.status, {200})
            if answer.status == 200:
                tally.latencies.append(time.monotonic() - begin)
                if answer.json()["probabilities"] != expected:
                    tally.faults.append("good request: other probabilities than alone")
            break
        else:
            tally.note("good request", "never answered", {200})
    await connection.close()


async def good_stream(server, pcm, end, tally):
    while time.monotonic() < end:
        status, messages, code = await clients.stream(server.port, pcm, 16000, pace_s=0.05)
        last = messages[-1] if messages else {}
        if code == 1013:
            tally.outcomes["live session"]["asked to wait"] += 1
        else:
            tally.note("live session", (status, code, last.get("type")), {(101, 1000, "summary")})
        await asyncio.sleep(0.2)


def status_of(answer):
    return "cut off" if answer is None else answer.status


async def bad_client(server, recording, tally):
    kind = random.randrange(8)
    port = server.port
    if kind == 0:
        tally.note("slow body", status_of(await clients.slow_sender(port, recording, 25)), {408, 503})
    elif kind == 1:
        tally.note("slow headers", status_of(await clients.slow_headers(port, 5)), {408})
    elif kind == 2:
        await clients.aborted_upload(port, recording, random.choice([0.0, 0.5, 1.0]))
        tally.outcomes["aborted upload"]["left"] += 1
    elif kind == 3:
        tally.note("no HTTP", status_of(await clients.garbage_request(port)), {400, 431, "cut off"})
    elif kind == 4:
        garbage = random.randbytes(random.randrange(1, 60000))
        answer = await clients.request(port, "POST", "/emotion_predict", garbage, "audio/wav")
        tally.note("garbage as a recording", answer.status, {415, 422, 503})
    elif kind == 5:
        tally.note("oversized", status_of(await clients.oversized(port, 10 << 20)), {413})
    elif kind == 6:
        tally.note("flooded session", await clients.stream_flood(port), {1008, 1013, None})
    else:
        tally.note("nonsense in a session", await clients.stream_nonsense(port), {1003, 1008, 1009, 1013})


async def bad_clients(server, recording, end, tally):
    running = set()
    while time.monotonic() < end:
        if len(running) < MOST_BAD_AT_ONCE:
            running.add(asyncio.ensure_future(bad_client(server, recording, tally)))
        done, running = await asyncio.wait(running, timeout=0.02, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            if task.exception() is not None:
                tally.faults.append(f"a bad client failed by itself: {task.exception()!r}")
    if running:
        await asyncio.wait(running)


async def watch_memory(server, end, samples):
    while time.monotonic() < end:
        samples.append(server.resident_mib())
        await asyncio.sleep(0.5)


async def run(server, seconds, tally):
    pcm = clients.speech_like(3.0)
    recording = clients.wav(pcm)
    alone = await clients.predict(server.port, recording)
    if alone.status != 200:
        raise RuntimeError(f"the first request failed: {alone.status} {alone.body!r}")
    expected = alone.json()["probabilities"]
    end = time.monotonic() + seconds
    memory = []
    await asyncio.gather(
        *(good_client(server, recording, expected, end, tally) for _ in range(GOOD_CLIENTS)),
        good_stream(server, pcm, end, tally),
        good_stream(server, pcm, end, tally),
        bad_clients(server, recording, end, tally),
        watch_memory(server, end, memory),
    )
    after = await clients.predict(server.port, recording)
    if after.status != 200 or after.json()["probabilities"] != expected:
        tally.faults.append("after the load the server answers otherwise than before")
    return memory


def main():
    program, seconds = sys.argv[1], float(sys.argv[2])
    tally = Tally()
    server = clients.Server(program, *OPTIONS)
    try:
        memory = asyncio.run(run(server, seconds, tally))
    finally:
        code = server.stop()
    if code != 0:
        tally.faults.append(f"the server ended with {code}")
    # What a server needs it needs early; what leaks goes on growing. Sanitizers keep what was freed for a while, so
    # the second half is compared with the first, not with nothing.
    half = len(memory) // 2
    early, late = max(memory[:half]), max(memory[half:])
    if late > 1.25 * early + 64:
        tally.faults.append(f"memory grew from {early:.0f} to {late:.0f} MiB")
    if not tally.latencies:
        tally.faults.append("no good request was answered")
    for kind, outcomes in sorted(tally.outcomes.items()):
        print(f"{kind:24} " + ", ".join(f"{outcome}: {count}" for outcome, count in outcomes.most_common()))
    latencies = sorted(tally.latencies) or [0.0]
    summary = {
        "seconds": seconds,
        "good_requests_per_s": len(tally.latencies) / seconds,
        "p50_ms": 1000 * latencies[len(latencies) // 2],
        "p99_ms": 1000 * latencies[int(0.99 * (len(latencies) - 1))],
        "memory_first_half_mib": early,
        "memory_second_half_mib": late,
        "outcomes": {kind: dict(outcomes) for kind, outcomes in sorted(tally.outcomes.items())},
    }
    print(f"{len(tally.latencies)} good answers, {summary['good_requests_per_s']:.1f} a second; "
          f"memory at most {early:.0f} MiB in the first half, {late:.0f} in the second")  # fmt: skip
    if len(sys.argv) > 3:
        with open(sys.argv[3], "w", encoding="utf-8") as file:
            json.dump(summary, file, indent=1)
            file.write("\n")
    for fault in tally.faults[:20]:
        print(f"fault: {fault}", file=sys.stderr)
    return 1 if tally.faults else 0


if __name__ == "__main__":
    sys.exit(main())
