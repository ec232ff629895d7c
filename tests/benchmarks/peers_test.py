#!/usr/bin/env python3
"""benchmarks/peers.sh without peers and at a small size: answers are right, wrong ones end it, and tables say what was measured.

    peers_test.py ENCODER-WORKER GOLDEN-ENCODER
"""

import ast
import json
import math
import pathlib
import subprocess
import sys
import tempfile
import unittest
import zipfile
from array import array

BENCHMARKS = pathlib.Path(__file__).resolve().parents[2] / "benchmarks"
sys.path[:0] = [str(BENCHMARKS), str(BENCHMARKS / "peers")]

import clip_lengths  # noqa: E402
import peers.section  # noqa: E402
import rounds  # noqa: E402

WORKER, ENCODER = sys.argv[1], pathlib.Path(sys.argv[2])


def read_npy(content):
    """Shape and values of a float32 array in NumPy's format."""
    size = int.from_bytes(content[8:10], "little")
    header = ast.literal_eval(content[10:10 + size].decode())
    assert header["descr"] == "<f4" and not header["fortran_order"], header
    return header["shape"], array("f", content[10 + size:])


def expected_embedding(count):
    """The mean over the frames of the last hidden state, as the reference implementation computed it."""
    with zipfile.ZipFile(ENCODER / "expected.npz") as archive:
        (states, frames, width), values = read_npy(archive.read(f"hidden_states_{count}.npy"))
    last = values[(states - 1) * frames * width:]
    return [sum(last[i::width]) / frames for i in range(width)]


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def start(self, *options, encoder=ENCODER):
        samples = self.folder / "samples.f32"
        with samples.open("wb") as file:
            read_npy((ENCODER.parent / "waveform.npy").read_bytes())[1].tofile(file)
        worker = rounds.Worker("worker", [WORKER, encoder, samples, *options], 1, self.folder / "worker.log")
        self.addCleanup(worker.stop)
        return worker


class WorkerAnswers(Folder):
    def test_embeddings_are_the_references(self):
        for threads in ("1", "2"):
            worker = self.start("--threads", threads)
            self.assertTrue(worker.receive()["ready"])
            for count in (401, 16000, 35791):
                embedding = worker.ask("embed", count)["embedding"]
                expected = expected_embedding(count)
                self.assertEqual(len(embedding), len(expected))
                for found, wanted in zip(embedding, expected):
                    self.assertAlmostEqual(found, wanted, delta=1e-4)

    def test_what_is_timed_is_told(self):
        worker = self.start()
        worker.receive()
        for what, samples in (("encode", [16000, 401]), ("products", 16000)):
            answer = worker.ask(what, samples)
            self.assertEqual(list(answer), ["seconds"])
            self.assertGreater(answer["seconds"], 0)
        self.assertGreater(worker.peak_memory_mib(), 1)

    def test_nonsense_ends_it_with_a_reason(self):
        for what, samples, reason in (("embed", 35792, "35792 of 35791"), ("embed", 0, "0 of"), ("embed", -1, "-1 of"),
                                      ("sing", 16000, "'sing'"), ("embed", "all", "type"), ("encode", [399], "399")):
            worker = self.start()
            worker.receive()
            with self.assertRaisesRegex(rounds.Failure, reason):
                worker.ask(what, samples)

    def test_encoder_that_is_not_there(self):
        with self.assertRaisesRegex(rounds.Failure, "nowhere"):
            self.start(encoder=self.folder / "nowhere").receive()


class Agreement(Folder):
    def check(self, change):
        worker = self.start()
        worker.receive()
        rounds.check([worker], "f32", [16000], {16000: change(expected_embedding(16000))})

    def test_the_same_passes(self):
        self.check(lambda values: values)

    def test_another_computation_is_refused(self):
        for change in (lambda values: values[::-1], lambda values: [values[0] + 0.01, *values[1:]], lambda values: values[1:],
                       lambda values: [0.5 * value for value in values]):
            with self.assertRaises(rounds.Failure):
                self.check(change)

    def test_not_a_number_is_refused(self):
        with self.assertRaisesRegex(rounds.Failure, "finite"):
            rounds.compare([1.0, math.nan], [1.0, 1.0])


class Lengths(unittest.TestCase):
    def test_the_corpus_published_facts(self):
        lengths = clip_lengths.quantiles(clip_lengths.CLIPS)
        self.assertEqual(min(lengths), round(1.27 * 16000))
        self.assertEqual(max(lengths), 5 * 16000)
        hours = sum(lengths) / 16000 / 3600
        self.assertAlmostEqual(hours, 5.26, delta=0.06)
        self.assertEqual(sorted(clip_lengths.quantiles(24))[0], clip_lengths.quantiles(24)[0])
        self.assertEqual(len(set(clip_lengths.quantiles(24))), 24)


class WholeRun(Folder):
    def test_result_and_section(self):
        output = self.folder / "result.json"
        subprocess.run(
            [sys.executable, "-B", BENCHMARKS / "peers" / "rounds.py", "--worker", WORKER, "--encoder", ENCODER, "--work", self.folder,
             "--output", output, "--command", "benchmarks/peers.sh here", "--commit", "abc", "--processor", "A processor", "--quick"],
            check=True, stdout=subprocess.DEVNULL)
        result = json.loads(output.read_text())
        offered = subprocess.run([WORKER, "--precisions"], stdout=subprocess.PIPE, check=True, text=True).stdout.split()
        self.assertEqual(list(result["contestants"]), [f"undertone-{precision}" for precision in offered])
        plan = {clip.name: clip for clip in rounds.make_plan(True)}
        clips = [(m["precision"], m["cores"], m["clip"]) for m in result["measurements"]]
        cores = sorted({1, result["cores"]})
        self.assertEqual(clips, [(p, n, clip) for p in offered for n in cores for clip in plan])
        for m in result["measurements"]:
            clip = plan[m["clip"]]
            products = m["precision"] == "f32" and clip.single
            self.assertEqual(set(m["seconds_all"]), {f"undertone-{m['precision']}"} | ({"products"} if products else set()))
            self.assertEqual(m["samples_all"], [sum(samples) for samples in clip.rounds[:len(m["samples_all"])]])
            for taken in m["seconds_all"].values():
                self.assertTrue(clip.least <= len(taken) == len(m["samples_all"]) <= len(clip.rounds), taken)
                self.assertGreater(min(taken), 0)
        for contestant in result["contestants"].values():
            self.assertEqual(len(contestant["first_answer_s_all"]), 1)
            self.assertGreater(contestant["peak_memory_mib"], 1)
        text = peers.section.section(result)
        for expected in ("A processor", "benchmarks/peers.sh here", "In f32:", "Undertone's bare products"):
            self.assertIn(expected, text)

    def test_a_failure_is_told(self):
        done = subprocess.run(
            [sys.executable, "-B", BENCHMARKS / "peers" / "rounds.py", "--worker", WORKER, "--encoder", self.folder / "nowhere", "--work",
             self.folder, "--output", self.folder / "result.json", "--command", "x", "--commit", "x", "--processor", "x", "--quick"],
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("peers: undertone-f32 ended with status 1", done.stderr)
        self.assertFalse((self.folder / "result.json").exists())


class Plan(unittest.TestCase):
    def test_no_length_of_the_list_comes_twice(self):
        for quick in (True, False):
            (clip,) = [clip for clip in rounds.make_plan(quick) if not clip.single]
            lengths = [samples for round_ in clip.rounds for samples in round_]
            self.assertEqual(len(set(lengths)), len(lengths))
            self.assertGreaterEqual(len(clip.rounds), clip.least)


class Section(unittest.TestCase):
    def test_ratios_are_of_the_rounds(self):
        measurement = {"precision": "f32", "cores": 1, "clip": "2 s", "samples_all": [32000] * 3,
                       "seconds_all": {"undertone-f32": [0.2, 0.4, 0.3], "openvino": [0.4, 1.2, 0.3]}}
        result = {"contestants": {"undertone-f32": {"label": "Undertone", "precision": "f32"},
                                  "openvino": {"label": "OpenVINO", "precision": "f32"},
                                  "openvino-bf16": {"label": "Another", "precision": "bf16"}}, "measurements": [measurement]}
        lines = peers.section.precision_table(result, "f32").splitlines()
        self.assertEqual(lines[0], "| clip | cores | Undertone | OpenVINO |")
        self.assertEqual(lines[2], "| 2 s | 1 | 0.150 (0.100–0.200) | 0.200; **2.00** (1.00–3.00) |")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
