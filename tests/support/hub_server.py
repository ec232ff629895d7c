#!/usr/bin/env python3
"""A Hugging Face hub in miniature, on this machine, well-behaved or not.

    hub_server.py FOLDER LOG

Serves the files of FOLDER/NAME, or of FOLDER/default, as the model OWNER/NAME for any OWNER. How it misbehaves is told by
NAME: see the methods called fault_... Large files are, as on the real hub, redirected to another host: a second port.
Prints both ports on one line and serves until its standard input ends. Every request becomes a JSON line in LOG.
"""

import hashlib
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"
FOLDER = Path(sys.argv[1])
LOG = Path(sys.argv[2])
log_lock = threading.Lock()
counts = {}


def times(*key):
    """How often this was called with these arguments before."""
    with log_lock:
        counts[key] = counts.get(key, 0) + 1
        return counts[key] - 1


def files_of(name):
    folder = FOLDER / name
    return folder if folder.is_dir() else FOLDER / "default"


def digest_of(content, large):
    if large:
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def is_large(file):
    return file.endswith((".safetensors", ".bin"))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_HEAD(self):
        self.handle_request()

    def do_GET(self):
        self.handle_request()

    def handle_request(self):
        with log_lock, LOG.open("a") as log:
            log.write(
                json.dumps(
                    {
                        "method": self.command,
                        "path": self.path,
                        "port": self.server.server_port,
                        "headers": {name.lower(): value for name, value in self.headers.items()},
                    }
                )
                + "\n"
            )
        parts = self.path.strip("/").split("/")
        try:
            if parts[:2] == ["api", "models"]:
                self.describe(parts[3], "/".join(parts[5:]))
            elif parts[0] == "cdn":
                self.storage(parts[1], parts[2])
            elif len(parts) == 5 and parts[2] == "resolve":
                self.resolve(parts[1], parts[3], parts[4])
            else:
                self.answer(404)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        headers.setdefault("Content-Length", str(len(body)))
        for name, value in headers.items():
            if value is not None:
                self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    # The API.

    def describe(self, name, revision):
        fault = getattr(self, "fault_describe_" + name.replace("-", "_"), None)
        if fault and fault():
            return
        if revision not in ("main", "v1", "refs%2Fpr%2F1", COMMIT):
            self.answer(404, X_Error_Code="RevisionNotFound")
            return
        listed = sorted(path.name for path in files_of(name).iterdir())
        if name == "hostile":
            listed += ["../../evil", "/etc/passwd", "..", "", "config.json\x00.exe", "a/../../b"]
        body = {
            "sha": COMMIT,
            "siblings": [{"rfilename": file} for file in listed],
            "cardData": {"license": "apache-2.0"},
        }
        self.answer(200, json.dumps(body).encode(), Content_Type="application/json")

    def fault_describe_status_401(self):
        self.answer(401)
        return True

    def fault_describe_status_403(self):
        self.answer(403, b"forbidden")
        return True

    def fault_describe_status_404(self):
        self.answer(404, X_Error_Code="RepoNotFound")
        return True

    def fault_describe_gated(self):
        self.answer(403, X_Error_Code="GatedRepo")
        return True

    def fault_describe_busy(self):
        if times("busy") >= 2:
            return False
        self.answer(429, Retry_After="1")
        return True

    def fault_describe_busy_for_long(self):
        self.answer(429, Retry_After="100000")
        return True

    def fault_describe_failing_twice(self):
        if times("failing") >= 2:
            return False
        self.answer(500 + times("failing status"))
        return True

    def fault_describe_failing(self):
        self.answer(503)
        return True

    def fault_describe_loop(self):
        self.answer(302, Location=self.path)
        return True

    def fault_describe_to_a_file(self):
        self.answer(302, Location="file:///etc/passwd")
        return True

    def fault_describe_elsewhere(self):
        """The description itself lies on another host."""
        if self.server is not hub:
            return False
        self.answer(307, Location=f"http://127.0.0.1:{storage.server_port}{self.path}")
        return True

    def fault_describe_huge_headers(self):
        self.send_response(200)
        for i in range(90):
            self.send_header(f"X-{i}", "x" * 900)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")
        return True

    def fault_describe_huge_json(self):
        self.send_response(200)
        self.end_headers()
        self.close_connection = True
        for _ in range(12):
            self.wfile.write(b" " * (1 << 20))
        return True

    def fault_describe_no_json(self):
        self.answer(200, b"<html>hello</html>")
        return True

    # The files.

    def resolve(self, name, commit, file):
        path = files_of(name) / file
        if commit not in (COMMIT, "main") or not path.is_file():
            self.answer(404, X_Error_Code="EntryNotFound")
            return
        content = path.read_bytes()
        digest = digest_of(content, is_large(file))
        headers = {"X_Repo_Commit": COMMIT, "Accept_Ranges": "bytes"}
        location = f"http://127.0.0.1:{storage.server_port}/cdn/{name}/{file}"
        if name == "other-commit":
            headers["X_Repo_Commit"] = COMMIT[::-1]
        if name == "no-checksum":
            self.answer(200, content, **headers)
            return
        if name == "odd-etag":
            self.answer(200, content, ETag='"../../../evil"', **headers)
            return
        if name == "declares-much" and is_large(file):
            self.answer(302, X_Linked_ETag=f'"{digest}"', X_Linked_Size=str(1 << 38), Location=location, **headers)
            return
        if not is_large(file):
            if "via" not in self.path and name == "relative":
                self.answer(307, Location=self.path.replace(f"/{name}/", f"/{name}-via/"), **headers)
                return
            headers["ETag"] = f'"{digest}"'
            if self.command == "GET":
                self.send_content(name, file, content, headers)
            else:
                self.answer(200, content, **headers)
            return
        headers["X_Linked_ETag"] = f'"{digest}"'
        headers["X_Linked_Size"] = str(len(content))
        if name == "own-storage":
            headers["ETag"] = f'"{digest}"'
            self.send_content(name, file, content, headers)
            return
        self.answer(302, Location=location, ETag='"of the redirect"', **headers)

    def storage(self, name, file):
        self.send_content(name, file, (files_of(name) / file).read_bytes(), {"ETag": '"md5-of-parts"'})

    def send_content(self, name, file, content, headers):
        first = 0
        if_range = self.headers.get("If-Range")
        if "Range" in self.headers and (if_range is None or if_range == headers["ETag"]):
            first = int(self.headers["Range"].removeprefix("bytes=").removesuffix("-"))
        fault = getattr(self, "fault_content_" + name.replace("-", "_"), None) if is_large(file) else None
        if fault and fault(content, first):
            return
        if first:
            self.partial(content, first, len(content))
        else:
            self.answer(200, content, **headers)

    def partial(self, content, first, end, **headers):
        headers.setdefault("Content_Range", f"bytes {first}-{end - 1}/{len(content)}")
        self.answer(206, content[first:end], **headers)

    def break_off(self, content, first, sent):
        """Promises all and closes the connection after `sent` bytes."""
        if first:
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(content) - first))
        self.end_headers()
        self.wfile.write(content[first : first + sent])
        self.wfile.flush()
        self.close_connection = True

    def unannounced(self, body):
        """Without a Content-Length: the body ends where the connection does."""
        self.answer(200, body, Content_Length=None, Connection="close")
        self.close_connection = True

    def fault_content_breaking_off(self, content, first):
        if times("breaking off") >= 2:
            return False
        self.break_off(content, first, len(content) // 3)
        return True

    def fault_content_breaking_off_always(self, content, first):
        self.break_off(content, first, 1000)
        return True

    def fault_content_without_ranges(self, content, first):
        if times("without ranges") == 0:
            self.break_off(content, 0, len(content) // 2)
        else:
            self.answer(200, content)
        return True

    def fault_content_other_range(self, content, first):
        if first and times("other range") == 0:
            self.partial(content, first, len(content), Content_Range=f"bytes 0-{len(content) - first - 1}/{len(content)}")
            return True
        return False

    def fault_content_unsatisfiable(self, content, first):
        if first:
            self.answer(416, Content_Range=f"bytes */{len(content)}")
            return True
        return False

    def fault_content_announcing_more(self, content, first):
        self.answer(200, content + b"surplus")
        return True

    def fault_content_sending_more(self, content, first):
        self.unannounced(content + b"surplus")
        return True

    def fault_content_announcing_less(self, content, first):
        self.answer(200, content[:-7])
        return True

    def fault_content_sending_less(self, content, first):
        if first == 0:
            self.unannounced(content[:-7])
            return True
        return False

    def fault_content_wrong_byte(self, content, first):
        content = bytearray(content)
        content[len(content) // 2] ^= 1
        self.answer(200, bytes(content))
        return True

    def fault_content_dripping(self, content, first):
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        for i in range(600):
            self.wfile.write(content[i : i + 1])
            self.wfile.flush()
            time.sleep(0.1)
        self.close_connection = True
        return True

    def fault_content_slow(self, content, first):
        """Slow enough to be interrupted, fast enough not to be given up."""
        if times("slow") > 0:
            return False
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        for begin in range(0, len(content), 1 << 16):
            self.wfile.write(content[begin : begin + (1 << 16)])
            self.wfile.flush()
            time.sleep(0.2)
        return True


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


hub = Server(("127.0.0.1", 0), Handler)
storage = Server(("127.0.0.1", 0), Handler)
for server in (hub, storage):
    threading.Thread(target=server.serve_forever, daemon=True).start()
print(hub.server_port, storage.server_port, flush=True)
sys.stdin.read()
