#!/usr/bin/env python3
"""packaging/nginx.conf with a real nginx and two servers behind it.

    nginx_test.py PROGRAM NGINX_CONF

Exits 77 where nginx or openssl is not installed. Only addresses and paths of the example are changed.
"""

import asyncio
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

import clients

SKIPPED = 77


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def configuration(example, folder, servers, port, plain_port):
    changes = {
        "127.0.0.1:8081": f"127.0.0.1:{servers[0].port}",
        "127.0.0.1:8082": f"127.0.0.1:{servers[1].port}",
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "listen 80;": f"listen 127.0.0.1:{plain_port};",
        "/etc/ssl/undertone/fullchain.pem": f"{folder}/cert.pem",
        "/etc/ssl/undertone/key.pem": f"{folder}/key.pem",
    }
    text = example
    for old, new in changes.items():
        assert old in text, f"the example has no {old}"
        text = text.replace(old, new)
    folders = "".join(
        f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return (
        f"pid {folder}/nginx.pid;\nerror_log {folder}/error.log;\nworker_processes 1;\nevents {{}}\n"
        f"http {{\naccess_log off;\n{folders}{text}\n}}\n"
    )


def main():
    program = sys.argv[1]
    with open(sys.argv[2], encoding="utf-8") as file:
        example = file.read()
    path = os.environ["PATH"] + ":/usr/sbin"
    nginx = shutil.which("nginx", path=path)
    if nginx is None or shutil.which("openssl", path=path) is None:
        print("skipped: nginx or openssl is not installed")
        return SKIPPED
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # nginx's worker is another user
        cert, _ = clients.make_certificate(folder)
        servers = [clients.Server(program, "--trust-proxy") for _ in range(2)]
        port, plain_port = free_port(), free_port()
        with open(f"{folder}/nginx.conf", "w", encoding="utf-8") as file:
            file.write(configuration(example, folder, servers, port, plain_port))
        command = [nginx, "-p", folder, "-c", f"{folder}/nginx.conf"]
        process = None
        try:
            subprocess.run([*command, "-t", "-q"], check=True)
            process = subprocess.Popen([*command, "-g", "daemon off;"])
            context = ssl.create_default_context(cafile=cert)
            url = f"https://localhost:{port}"
            content_type, body = clients.multipart(clients.wav(clients.speech_like(1.5)))

            def predict():
                request = urllib.request.Request(url + "/emotion_predict", body, {"Content-Type": content_type})
                with urllib.request.urlopen(request, context=context, timeout=30) as answer:
                    return json.load(answer)["probabilities"]

            for attempt in range(100):
                try:
                    first = predict()
                    break
                except urllib.error.URLError:
                    if attempt == 99:
                        raise
                    time.sleep(0.1)
            assert all(predict() == first for _ in range(6)), "the servers behind nginx differ"
            status, messages, code = asyncio.run(
                clients.stream(port, clients.speech_like(2.0), 16000, pace_s=0.02, tls=context)
            )
            assert (status, messages[-1]["type"], code) == (101, "summary", 1000), (status, messages, code)
            for target, expected in (("/metrics", 403), ("/nothing", 404)):
                try:
                    urllib.request.urlopen(url + target, context=context, timeout=30)
                    raise AssertionError(target)
                except urllib.error.HTTPError as error:
                    assert error.code == expected, (target, error.code)
            # One server is stopped in order; nobody notices.
            assert servers[0].stop() == 0
            assert all(predict() == first for _ in range(6)), "the server that is left answers otherwise"
            print("through nginx: uploads, a live session, and one server less")
        finally:
            if process is not None:
                process.terminate()
                process.wait(30)
            for server in servers:
                if server.process.poll() is None:
                    server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
