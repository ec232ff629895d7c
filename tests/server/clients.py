"""Clients of an Undertone server, good ones and bad ones, on loopback.

Each coroutine opens its own connection, does one thing, and returns what happened. The standard library only.
"""

import asyncio
import base64
import io
import json
import math
import os
import random
import struct
import subprocess
import wave

HOST = "127.0.0.1"


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        return json.loads(self.body)

    def code(self):
        """The code of the error object; None where there is none."""
        try:
            return self.json()["error"]["code"]
        except (ValueError, KeyError, TypeError):
            return None


def speech_like(seconds, rate=16000, pitch=150.0):
    """16-bit PCM of a voice-like buzz."""
    samples = bytearray()
    for i in range(int(seconds * rate)):
        t = i / rate
        value = sum(math.sin(2 * math.pi * pitch * h * t) / h for h in range(1, 7))
        samples += struct.pack("<h", int(4000 * value * (1.2 + math.sin(6 * math.pi * t)) / 2.2))
    return bytes(samples)


def wav(pcm, rate=16000):
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(pcm)
    return buffer.getvalue()


def multipart(body, field="file", name="clip.wav"):
    boundary = "----" + base64.b16encode(os.urandom(12)).decode()
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n\r\n'
    return f"multipart/form-data; boundary={boundary}", head.encode() + body + f"\r\n--{boundary}--\r\n".encode()


async def read_answer(reader):
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = {}
    for line in lines[1:]:
        if line:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Answer(int(lines[0].split()[1]), headers, body)


def head_of(method, target, headers):
    text = f"{method} {target} HTTP/1.1\r\nHost: {HOST}\r\n"
    return (text + "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n").encode()


async def close(writer):
    writer.close()
    try:
        await writer.wait_closed()
    except OSError:
        pass


class Connection:
    """A connection that is kept for many requests."""

    def __init__(self, port):
        self.port = port
        self.writer = None

    async def request(self, method, target, body=b"", content_type=None):
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection(HOST, self.port)
        headers = {"Content-Length": len(body)}
        if content_type:
            headers["Content-Type"] = content_type
        self.writer.write(head_of(method, target, headers) + body)
        answer = await read_answer(self.reader)
        if answer.headers.get("connection", "").lower() == "close":
            await self.close()
        return answer

    async def close(self):
        if self.writer is not None:
            await close(self.writer)
            self.writer = None


async def request(port, method, target, body=b"", content_type=None):
    connection = Connection(port)
    try:
        return await connection.request(method, target, body, content_type)
    finally:
        await connection.close()


async def predict(port, recording):
    content_type, body = multipart(recording)
    return await request(port, "POST", "/emotion_predict", body, content_type)


async def answer_to(port, send):
    """What is answered while `send(writer, answered)` sends; None where the connection was just cut off."""
    reader, writer = await asyncio.open_connection(HOST, port)
    answer = asyncio.ensure_future(read_answer(reader))
    try:
        await send(writer, answer.done)
        return await asyncio.wait_for(answer, 30)
    except (OSError, asyncio.IncompleteReadError):
        return None
    finally:
        answer.cancel()
        await close(writer)


async def in_pieces(writer, pieces, pause_s, answered):
    """Sends one piece after another until there is an answer."""
    for piece in pieces:
        if answered():
            break
        writer.write(piece)
        await asyncio.sleep(pause_s)


def upload_head(size):
    return head_of("POST", "/emotion_predict", {"Content-Type": "audio/wav", "Content-Length": size})


async def slow_sender(port, recording, seconds):
    """Sends its body in drops, for at most so long."""

    async def send(writer, answered):
        writer.write(upload_head(len(recording)))
        await in_pieces(writer, (recording[at : at + 4] for at in range(0, 400, 4)), seconds / 100, answered)

    return await answer_to(port, send)


async def slow_headers(port, seconds):
    text = b"GET /v1/model HTTP/1.1\r\nX-Slow: " + b"x" * 100
    return await answer_to(
        port, lambda writer, answered: in_pieces(writer, (bytes([byte]) for byte in text), seconds / len(text), answered)
    )


async def aborted_upload(port, recording, fraction):
    """Leaves in the middle of its body (fraction < 1), or before its answer (1), with a reset."""
    _, writer = await asyncio.open_connection(HOST, port)
    socket = writer.get_extra_info("socket")
    writer.write(upload_head(len(recording)))
    writer.write(recording[: int(fraction * len(recording))])
    await writer.drain()
    await asyncio.sleep(0.005 * random.random())
    socket.setsockopt(1, 13, struct.pack("ii", 1, 0))  # SO_LINGER: close() resets
    writer.transport.abort()


async def garbage_request(port):
    """Bytes that are no HTTP."""
    garbage = os.urandom(random.randrange(20, 400)) + b"\r\n\r\n"
    return await answer_to(port, lambda writer, answered: in_pieces(writer, [garbage], 0, answered))


async def oversized(port, size):
    """Announces a body beyond the limit, and sends on until it is told to stop."""
    pieces = [upload_head(size), *[bytes(16384)] * 64]
    return await answer_to(port, lambda writer, answered: in_pieces(writer, pieces, 0, answered))


class WebSocket:
    """As much of RFC 6455 as a client of /v1/stream needs."""

    TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10

    async def open(self, port, target="/v1/stream", headers=None, tls=None):
        name = "localhost" if tls else None
        self.reader, self.writer = await asyncio.open_connection(HOST, port, ssl=tls, server_hostname=name)
        key = base64.b64encode(os.urandom(16)).decode()
        self.writer.write(
            head_of(
                "GET",
                target,
                {
                    "Upgrade": "websocket",
                    "Connection": "Upgrade",
                    "Sec-WebSocket-Version": "13",
                    "Sec-WebSocket-Key": key,
                    **(headers or {}),
                },
            )
        )
        head = await self.reader.readuntil(b"\r\n\r\n")
        return int(head.split()[1])

    def send(self, opcode, payload, fin=True):
        mask = os.urandom(4)
        size = len(payload)
        head = bytes([(0x80 if fin else 0) | opcode])
        if size < 126:
            head += bytes([0x80 | size])
        elif size < 65536:
            head += bytes([0x80 | 126]) + struct.pack(">H", size)
        else:
            head += bytes([0x80 | 127]) + struct.pack(">Q", size)
        key = int.from_bytes((mask * (size // 4 + 1))[:size], "big")
        masked = (int.from_bytes(payload, "big") ^ key).to_bytes(size, "big")
        self.writer.write(head + mask + masked)

    def send_json(self, message):
        self.send(self.TEXT, json.dumps(message).encode())

    async def receive(self):
        """(opcode, payload), or None once the connection is gone."""
        try:
            first, second = await self.reader.readexactly(2)
            size = second & 0x7F
            if size == 126:
                size = struct.unpack(">H", await self.reader.readexactly(2))[0]
            elif size == 127:
                size = struct.unpack(">Q", await self.reader.readexactly(8))[0]
            return first & 0x0F, await self.reader.readexactly(size)
        except (OSError, asyncio.IncompleteReadError):
            return None

    async def receive_all(self):
        """The messages until the server closes, and its close code (None if it just went)."""
        messages = []
        while (frame := await self.receive()) is not None:
            if frame[0] == self.TEXT:
                messages.append(json.loads(frame[1]))
            elif frame[0] == self.CLOSE:
                code = struct.unpack(">H", frame[1][:2])[0] if len(frame[1]) >= 2 else None
                self.send(self.CLOSE, frame[1])
                return messages, code
        return messages, None

    async def close(self):
        await close(self.writer)


async def stream(port, pcm, rate, start=None, pace_s=0.0, tls=None):
    """A live session from start to summary: (handshake's status, messages, close code)."""
    socket = WebSocket()
    status = await socket.open(port, tls=tls)
    if status != 101:
        await socket.close()
        return status, [], None
    socket.send_json({"type": "start", "rate": rate, **(start or {})})
    received = asyncio.ensure_future(socket.receive_all())
    piece = 2 * rate // 10
    for at in range(0, len(pcm), piece):
        socket.send(WebSocket.BINARY, pcm[at : at + piece])
        await asyncio.sleep(pace_s)
    socket.send_json({"type": "stop"})
    messages, code = await asyncio.wait_for(received, 60)
    await socket.close()
    return status, messages, code


async def stream_flood(port):
    """More sound than anybody speaks; returns the close code."""
    socket = WebSocket()
    if await socket.open(port) != 101:
        await socket.close()
        return None
    socket.send_json({"type": "start", "rate": 8000})
    received = asyncio.ensure_future(socket.receive_all())
    try:
        for _ in range(200):
            socket.send(WebSocket.BINARY, b"\1\0" * 16000)
            await asyncio.sleep(0)
            if received.done():
                break
        return (await asyncio.wait_for(received, 60))[1]
    except OSError:
        return None
    finally:
        await socket.close()


async def stream_nonsense(port):
    """A message that means nothing; returns the close code."""
    socket = WebSocket()
    if await socket.open(port) != 101:
        await socket.close()
        return None
    choice = random.randrange(4)
    if choice == 0:
        socket.send(WebSocket.TEXT, b'{"type": "dance"}')
    elif choice == 1:
        socket.send(WebSocket.BINARY, b"\0\0")
    elif choice == 2:
        socket.send(WebSocket.TEXT, b'{"type": "start", "rate": 1e99}')
    else:
        socket.send(WebSocket.TEXT, os.urandom(100).hex().encode() * 50)
    code = (await asyncio.wait_for(socket.receive_all(), 60))[1]
    await socket.close()
    return code


def make_certificate(folder):
    """A self-signed one for localhost: the paths of certificate and key."""
    certificate, key = os.path.join(folder, "cert.pem"), os.path.join(folder, "key.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    return certificate, key


class Server:
    """`undertone serve` as a child process on a free port."""

    def __init__(self, program, *options, environment=None):
        self.process = subprocess.Popen(
            [program, "serve", "--port", "0", "--quiet", *options],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, **(environment or {})},
        )
        first = self.process.stdout.readline()
        if "http://" not in first:
            raise RuntimeError(f"the server did not start: {first!r}")
        self.port = int(first.rsplit(":", 1)[1])
        second = self.process.stdout.readline()
        if not second.startswith("Ready"):
            raise RuntimeError(f"the server did not load its model: {second!r}")

    def resident_mib(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) / 1024
        return math.nan

    def stop(self):
        """Its exit code after SIGTERM."""
        self.process.terminate()
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
