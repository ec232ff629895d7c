"""A headless Chromium, driven over its DevTools protocol through two pipes. Only Python's standard library is needed."""

import json
import os
import select
import shutil
import subprocess
import tempfile
import time

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
OPTIONS = (
    "--headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --no-default-browser-check "
    "--disable-background-networking --disable-component-update --disable-extensions --disable-sync --mute-audio "
    "--remote-debugging-pipe"
).split()


def find():
    """The program's path, or None."""
    return os.environ.get("UNDERTONE_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


class Chromium:
    """One browser with one page. `with Chromium(path) as browser: ...`"""

    def __init__(self, program):
        self.profile = tempfile.TemporaryDirectory(prefix="undertone-chromium-", ignore_cleanup_errors=True)
        # The browser reads commands from its descriptor 3 and writes answers to 4.
        command_read, self.command_write = os.pipe()
        self.answer_read, answer_write = os.pipe()
        self.log = open(os.path.join(self.profile.name, "stderr.log"), "w+b")
        self.process = subprocess.Popen(
            ["bash", "-c", f'exec "$@" 3<&{command_read} 4>&{answer_write}', "bash", program, *OPTIONS]
            + [f"--user-data-dir={self.profile.name}/profile", "about:blank"],
            pass_fds=(command_read, answer_write),
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
        )
        os.close(command_read)
        os.close(answer_write)
        self.buffer = b""
        self.events = []
        self.last_id = 0
        self.session = None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network", "Accessibility"):
            self.call(domain + ".enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.session = None
            self.call("Browser.close")
            self.process.wait(timeout=10)
        except (OSError, RuntimeError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()
        os.close(self.command_write)
        os.close(self.answer_read)
        self.log.close()
        self.profile.cleanup()

    def _message(self, deadline):
        """The next message, or None once the deadline has passed."""
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.answer_read], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                return None
            piece = os.read(self.answer_read, 1 << 20)
            if not piece:
                self.log.seek(0)
                raise RuntimeError("the browser ended: " + self.log.read().decode("utf-8", "replace")[-2000:])
            self.buffer += piece
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def call(self, method, **parameters):
        """The answer to a command; events that come before it are kept."""
        self.last_id += 1
        command = {"id": self.last_id, "method": method, "params": parameters}
        if self.session:
            command["sessionId"] = self.session
        os.write(self.command_write, json.dumps(command).encode() + b"\0")
        deadline = time.monotonic() + 60
        while True:
            message = self._message(deadline)
            if message is None:
                raise RuntimeError(f"no answer to {method}")
            if message.get("id") == self.last_id:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self.events.append(message)

    def open(self, url):
        """Loads a page; the events that this caused, until half a second after it was there."""
        self.events = []
        self.call("Page.navigate", url=url)
        deadline = time.monotonic() + 60
        loaded = False
        while True:
            loaded = loaded or any(event.get("method") == "Page.loadEventFired" for event in self.events)
            message = self._message(time.monotonic() + 0.5 if loaded else deadline)
            if message is None:
                if not loaded:
                    raise RuntimeError(f"{url} did not load")
                return self.events
            self.events.append(message)

    def evaluate(self, expression):
        """The value of a JavaScript expression in the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def resize(self, width, height):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)

    def colour_scheme(self, scheme):
        self.call("Emulation.setEmulatedMedia", media="", features=[{"name": "prefers-color-scheme", "value": scheme}])
