#!/usr/bin/env python3
"""`undertone serve` as a whole program, beside `undertone predict`.

    serve_test.py PROGRAM [SHARED_DATA]

SHARED_DATA is a folder with real recordings; without it those tests are skipped.
"""

import asyncio
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.request
from pathlib import Path

import clients

PROGRAM = sys.argv[1]
DATA = Path(sys.argv[2]) if len(sys.argv) > 2 else None
GOLDEN = Path(__file__).resolve().parent.parent / "golden"


def predict_on_the_command_line(recording, name="clip", *options):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(recording)
        done = subprocess.run(
            [PROGRAM, "predict", "--json", *options, str(path)], capture_output=True, text=True, check=False
        )
        return json.loads(done.stdout)


def without(answer, *keys):
    return {key: value for key, value in answer.items() if key not in keys}


class Serve(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = clients.Server(PROGRAM)

    @classmethod
    def tearDownClass(cls):
        assert cls.server.stop() == 0

    def upload(self, body, content_type, target="/emotion_predict"):
        return asyncio.run(clients.request(self.server.port, "POST", target, body, content_type))

    def check_same_as_predict(self, recording, name):
        expected = without(predict_on_the_command_line(recording, name), "file")
        content_type, form = clients.multipart(recording, "audio", name)
        for body, kind in ((form, content_type), (recording, "application/octet-stream")):
            answer = self.upload(body, kind)
            self.assertEqual(answer.status, 200, answer.body)
            self.assertEqual(without(answer.json(), "windows"), expected)

    def test_an_upload_gives_what_predict_gives(self):
        self.check_same_as_predict(clients.wav(clients.speech_like(2.5)), "clip.wav")
        self.check_same_as_predict(clients.wav(clients.speech_like(31.5, 8000), 8000), "long.wav")

    def test_real_recordings_give_what_predict_gives(self):
        if DATA is None or not DATA.is_dir():
            self.skipTest("no real recordings are here")
        found = sorted(DATA.glob("*/**/*.flac")) + sorted(DATA.glob("*/**/*.wav"))
        self.assertTrue(found)
        for path in found[:: max(1, len(found) // 12)]:
            with self.subTest(path=path.name):
                self.check_same_as_predict(path.read_bytes(), path.name)

    def test_what_browsers_record_gives_what_predict_gives(self):
        if shutil.which("ffmpeg") is None:
            self.skipTest("ffmpeg is not installed")
        for name, options in (
            ("clip.webm", ["-c:a", "libopus", "-f", "webm"]),
            ("clip.ogg", ["-c:a", "libopus", "-f", "ogg"]),
            ("clip.mp4", ["-c:a", "aac", "-movflags", "frag_keyframe+empty_moov", "-f", "mp4"]),
        ):
            with self.subTest(name=name):
                encoded = subprocess.run(
                    ["ffmpeg", "-v", "error", "-i", "-", *options, "-"],
                    input=clients.wav(clients.speech_like(2.0, 48000), 48000),
                    stdout=subprocess.PIPE,
                    check=True,
                ).stdout
                self.check_same_as_predict(encoded, name)

    def test_windows_are_those_of_predict(self):
        recording = clients.wav(clients.speech_like(7.0) + bytes(2 * 16000 * 3) + clients.speech_like(4.0, pitch=260))
        expected = predict_on_the_command_line(recording, "clip.wav", "--window", "3")["windows"]
        self.assertGreater(len(expected), 3)
        answer = self.upload(recording, "audio/wav", "/emotion_predict?window_s=3")
        self.assertEqual(answer.json()["windows"], expected)

    def test_silent_windows_are_marked(self):
        recording = clients.wav(clients.speech_like(2.0) + bytes(2 * 16000 * 2) + clients.speech_like(2.0))
        windows = self.upload(recording, "audio/wav", "/emotion_predict?window_s=2").json()["windows"]
        self.assertEqual([window["silent"] for window in windows], [False, True, False])
        self.assertIsNone(windows[1]["label"])

    def test_a_measurement_is_what_predict_says_of_those_samples(self):
        pcm = clients.speech_like(4.0, pitch=180)
        status, messages, code = asyncio.run(
            clients.stream(self.server.port, pcm, 16000, {"window_s": 2, "step_s": 1}, pace_s=0.1)
        )
        self.assertEqual((status, code), (101, 1000))
        measurements = [message for message in messages if message["type"] == "measurement"]
        self.assertGreaterEqual(len(measurements), 2)
        for measurement in measurements:
            begin, end = (round(measurement[key] * 16000) for key in ("start_s", "end_s"))
            expected = predict_on_the_command_line(clients.wav(pcm[2 * begin : 2 * end]), "cut.wav")
            self.assertEqual(measurement["probabilities"], expected["probabilities"])
            self.assertEqual(measurement["label"], expected["label"])
        self.assertEqual(messages[-1]["type"], "summary")

    def test_silence_is_marked_and_not_guessed_at(self):
        _, messages, _ = asyncio.run(clients.stream(self.server.port, bytes(2 * 16000 * 3), 16000))
        measurements = [message for message in messages if message["type"] == "measurement"]
        self.assertTrue(measurements)
        for measurement in measurements:
            self.assertTrue(measurement["silent"])
            self.assertIsNone(measurement["label"])
        self.assertIsNone(messages[-1]["label"])

    def test_a_page_of_another_origin_may_not_listen(self):
        async def open_from(origin):
            websocket = clients.WebSocket()
            status = await websocket.open(self.server.port, headers={"Origin": origin})
            await websocket.close()
            return status

        self.assertEqual(asyncio.run(open_from("https://elsewhere.example")), 403)
        self.assertEqual(asyncio.run(open_from("http://127.0.0.1")), 101)

    def test_situations_are_told(self):
        pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"0" * 64 + b"\nsize 130\n"
        for body, status, code in (
            (clients.wav(clients.speech_like(0.2)), 422, "audio_too_short"),
            (clients.wav(clients.speech_like(2.0))[:20000], 422, "audio_unreadable"),
            (pointer, 422, "git_lfs_pointer"),
            (b"%PDF-1.4 not a voice" * 100, 415, "unsupported_media_type"),
            (b"", 400, "bad_request"),
        ):
            answer = self.upload(body, "audio/wav")
            self.assertEqual((answer.status, answer.code()), (status, code), answer.body)
        short = self.upload(clients.wav(clients.speech_like(0.7)), "audio/wav").json()
        self.assertEqual([warning["code"] for warning in short["warnings"]], ["short_audio"])
        silent = self.upload(clients.wav(bytes(64000)), "audio/wav").json()
        self.assertEqual([warning["code"] for warning in silent["warnings"]], ["silent_audio"])


class Program(unittest.TestCase):
    def test_it_stops_on_either_signal(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            server = clients.Server(PROGRAM)
            server.process.send_signal(number)
            self.assertEqual(server.process.wait(30), 0)

    def test_the_access_log_is_an_object_a_line(self):
        process = subprocess.Popen(
            [PROGRAM, "serve", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        port = int(process.stdout.readline().rsplit(":", 1)[1])
        process.stdout.readline()
        asyncio.run(clients.predict(port, clients.wav(clients.speech_like(1.0))))
        asyncio.run(clients.request(port, "GET", "/nothing?token=secret"))
        process.terminate()
        _, errors = process.communicate(timeout=30)
        lines = [json.loads(line) for line in errors.splitlines() if line.startswith("{")]
        self.assertEqual([line["status"] for line in lines], [200, 404])
        self.assertEqual(lines[0]["path"], "/emotion_predict")
        self.assertAlmostEqual(lines[0]["audio_s"], 1.0)
        self.assertNotIn("secret", errors)

    def test_what_cannot_be_is_told_with_the_right_exit_code(self):
        taken = socket.create_server(("127.0.0.1", 0))
        port = str(taken.getsockname()[1])
        for options, code, text in (
            (["--port", port], 2, "--port"),
            (["--address", "nowhere"], 2, "no IP address"),
            (["--port", "0", "--encoder", "no-such-model"], 3, "no-such-model"),
            (["--port", "0", "--tls-cert", "cert.pem"], 2, "--tls-key"),
            (["--port", "0", "--cors-origin", "example"], 2, "example"),
            (["--port", "0", "--max-queue", "0"], 2, "--max-queue"),
        ):
            done = subprocess.run(
                [PROGRAM, "serve", *options], capture_output=True, text=True, timeout=60, check=False
            )
            self.assertEqual(done.returncode, code, (options, done.stderr))
            self.assertIn(text, done.stderr)
        taken.close()

    def test_help_says_what_a_newcomer_needs(self):
        done = subprocess.run([PROGRAM, "serve", "--help"], capture_output=True, text=True, check=True)
        for text in ("--port", "--tls-cert", "--max-body", "127.0.0.1", "curl -F", "SIGTERM"):
            self.assertIn(text, done.stdout)

    def test_tls(self):
        if shutil.which("openssl") is None:
            self.skipTest("openssl is not installed")
        with tempfile.TemporaryDirectory() as folder:
            cert, key = clients.make_certificate(folder)
            process = subprocess.Popen(
                [PROGRAM, "serve", "--port", "0", "-q", "--tls-cert", cert, "--tls-key", key],
                stdout=subprocess.PIPE,
                text=True,
            )
            line = process.stdout.readline().strip()
            process.stdout.readline()
            self.assertIn("https://127.0.0.1:", line)
            url = line.split()[-1]
            context = ssl.create_default_context(cafile=cert)
            content_type, body = clients.multipart(clients.wav(clients.speech_like(1.5)))
            request = urllib.request.Request(url + "/emotion_predict", body, {"Content-Type": content_type})
            with urllib.request.urlopen(request, context=context, timeout=30) as answer:
                self.assertIn("label", json.load(answer))
            with self.assertRaises((urllib.error.URLError, ConnectionError)):
                urllib.request.urlopen(url.replace("https", "http") + "/", timeout=10)
            old = ssl.create_default_context(cafile=cert)
            old.maximum_version = ssl.TLSVersion.TLSv1_1
            with self.assertRaises(urllib.error.URLError):
                urllib.request.urlopen(url + "/", context=old, timeout=10)
            process.terminate()
            self.assertEqual(process.wait(30), 0)


class OtherModels(unittest.TestCase):
    """Encoders, contexts and heads are chosen as for `predict`."""

    def check_same_as_predict(self, *options):
        recording = clients.wav(clients.speech_like(2.5))
        expected = without(predict_on_the_command_line(recording, "clip.wav", *options), "file")
        server = clients.Server(PROGRAM, *options)
        try:
            answer = asyncio.run(clients.request(server.port, "POST", "/emotion_predict", recording, "audio/wav"))
            card = asyncio.run(clients.request(server.port, "GET", "/v1/model")).json()
        finally:
            self.assertEqual(server.stop(), 0)
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(answer.json(), expected)
        return expected, card

    def check_refused(self, *options, code):
        done = subprocess.run(
            [PROGRAM, "serve", "--port", "0", *options], capture_output=True, text=True, timeout=60, check=False
        )
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn(f"error [{code}]", done.stderr)
        return done.stderr

    def test_a_head_that_chooses_one_label_is_served(self):
        expected, card = self.check_same_as_predict("--encoder", str(GOLDEN / "heads" / "hubert-weighted"))
        self.assertEqual(expected["model"]["head"], "HubertForSequenceClassification")
        self.assertEqual(card["classifier"]["head"], "HubertForSequenceClassification")
        self.assertEqual(card["labels"], ["neu", "hap", "sad", "ang"])

    def test_heads_without_one_label_are_refused(self):
        for name in ("wav2vec2-dimensions", "wav2vec2-sigmoid"):
            with self.subTest(name=name):
                told = self.check_refused("--encoder", str(GOLDEN / "heads" / name), code="model_unsupported")
                self.assertIn("undertone predict", told)

    def test_whispers_context_is_the_classifiers(self):
        with tempfile.TemporaryDirectory() as folder:
            rows = ["filepath,emotion,speaker_id"]
            for i in range(8):
                clip = clients.wav(clients.speech_like(1.0, pitch=260.0 + i if i % 2 else 110.0 + i))
                Path(folder, f"clip{i}.wav").write_bytes(clip)
                rows.append(f"clip{i}.wav,{'happy' if i % 2 else 'sad'},s{i // 2}")
            Path(folder, "metadata.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
            encoder = ["--encoder", str(GOLDEN / "encoder" / "whisper-80")]
            model = ["--model", f"{folder}/clip.safetensors"]
            for command in (
                ["extract", f"{folder}/metadata.csv", "-o", f"{folder}/emb.npz", *encoder, "--context", "clip"],
                ["train", f"{folder}/emb.npz", "-o", model[1]],
            ):
                subprocess.run([PROGRAM, *command], capture_output=True, check=True)
            _, card = self.check_same_as_predict(*encoder, *model, "--context", "clip")
            self.assertEqual(card["name"], "whisper-80 (clip context)")
            for context in ([], ["--context", "padded"]):
                self.check_refused(*encoder, *model, *context, code="model_mismatch")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], "-v"], warnings="ignore")
