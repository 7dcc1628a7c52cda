"""A browser without a window, spoken to over a pair of pipes by the DevTools protocol.

No port is opened that others could use, and the browser ends when its pipe is closed. It
reaches no other machine: no name leads anywhere.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, BinaryIO

from clm import TransientJobError

Message = dict[str, Any]

_FLAGS = (
    *("--headless", "--remote-debugging-pipe", "--host-resolver-rules=MAP * ~NOTFOUND"),
    *("--no-first-run", "--no-default-browser-check", "--disable-gpu", "--disable-quic"),
    *("--disable-sync", "--disable-extensions", "--disable-background-networking"),
    *("--disable-component-update", "--disable-breakpad", "--disable-dev-shm-usage"),
    *("--hide-scrollbars", "--mute-audio", "--password-store=basic", "--use-mock-keychain"),
    *("--force-color-profile=srgb", "--font-render-hinting=none"),
)
# A browser reads its commands from descriptor 3 and answers on 4. Popen cannot place them
# there, so this little program does and then becomes the browser.
_PLACE_PIPES = (
    "import os, sys\n"
    "from fcntl import F_DUPFD, fcntl\n"
    "commands, answers = (fcntl(int(end), F_DUPFD, 10) for end in sys.argv[1:3])\n"
    "os.dup2(commands, 3)\n"
    "os.dup2(answers, 4)\n"
    "os.execv(sys.argv[3], sys.argv[3:])\n"
)


class Browser:
    """A running browser with one page; a context manager.

    `seconds` is how long its start, and then each page until the next is opened, may take.
    Its profile lies below `folder`. `events` are those since the page was opened, such as the
    requests that it made.

    Raises (all members):
        TransientJobError: it does not answer in time, or it has ended.
    """

    def __init__(
        self, program: Path, *, folder: Path | None = None, seconds: float = 120.0
    ) -> None:
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds
        self._last_id = 0
        self._session: str | None = None
        self._target: str | None = None
        self._arrived: SimpleQueue[Message | None] = SimpleQueue()
        self.events: list[Message] = []
        self._folder = tempfile.TemporaryDirectory(
            prefix="browser-", dir=folder, ignore_cleanup_errors=True
        )
        try:
            self._process, self._commands, answers = _start(_command(program, self._folder.name))
        except OSError as error:
            self._folder.cleanup()
            raise TransientJobError(f"{program} cannot be started: {error.strerror}") from error
        threading.Thread(target=self._read, args=(answers,), daemon=True).start()

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends it: asks by closing its pipe, then kills it."""
        with suppress(OSError):
            self._commands.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._folder.cleanup()

    def open(self, url: str, *, width: int = 1280, height: int = 800, dark: bool = False) -> None:
        """Load a page, in place of the one before, and wait until its scripts are done."""
        self._deadline = time.monotonic() + self._seconds
        self.events.clear()
        target = self.call("Target.createTarget", {"url": "about:blank"}, anywhere=True)
        if self._target is not None:
            self.call("Target.closeTarget", {"targetId": self._target}, anywhere=True)
        self._target = target["targetId"]
        self.attach(target["targetId"])
        self.call("Network.enable")
        self.call("Page.enable")
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", {"features": [scheme]})
        answer = self.call("Page.navigate", {"url": url})
        if "errorText" in answer:
            raise TransientJobError(f"the browser cannot open {url}: {answer['errorText']}")
        self._wait_until_ready()

    def attach(self, target: str) -> None:
        """Speak to this page from now on."""
        attach = {"targetId": target, "flatten": True}
        self._session = self.call("Target.attachToTarget", attach, anywhere=True)["sessionId"]

    def evaluate(self, expression: str) -> Any:
        """The value of an expression in the page, once it is there when it is a promise."""
        # As if a person had asked for it: else pages may open no windows.
        wanted = dict.fromkeys(("awaitPromise", "returnByValue", "userGesture"), True)
        parameters = {"expression": expression, **wanted}
        answer = self.call("Runtime.evaluate", parameters)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            said = details.get("exception", {}).get("description") or details.get("text")
            raise TransientJobError(f"the page fails in the browser: {said}")
        return answer["result"].get("value")

    def call(
        self, method: str, parameters: Mapping[str, Any] | None = None, *, anywhere: bool = False
    ) -> Message:
        """The result of a command to the page, or to the browser itself."""
        self._last_id += 1
        message: Message = {"id": self._last_id, "method": method, "params": parameters or {}}
        if self._session and not anywhere:
            message["sessionId"] = self._session
        try:
            self._commands.write(json.dumps(message).encode() + b"\0")
            self._commands.flush()
        except (OSError, ValueError) as error:
            raise TransientJobError("the browser has ended") from error
        return self._answer(self._last_id, method)

    def _wait_until_ready(self) -> None:
        while self.evaluate("document.documentElement?.dataset.ready") != "true":
            time.sleep(0.05)

    def _answer(self, wanted: int, method: str) -> Message:
        while True:
            try:
                message = self._arrived.get(timeout=max(0.0, self._deadline - time.monotonic()))
            except Empty:
                raise TransientJobError(f"the browser does not answer ({method})") from None
            if message is None:
                raise TransientJobError("the browser has ended")
            if message.get("id") == wanted:
                if "error" in message:
                    raise TransientJobError(f"the browser: {message['error'].get('message')}")
                result: Message = message["result"]
                return result
            self.events.append(message)

    def _read(self, answers: BinaryIO) -> None:
        rest = bytearray()
        with answers:
            while chunk := os.read(answers.fileno(), 1 << 16):
                rest += chunk
                *messages, rest = rest.split(b"\0")
                for message in messages:
                    self._arrived.put(json.loads(message))
        self._arrived.put(None)


def _command(program: Path, folder: str) -> list[str]:
    # Chromium's sandbox does not work for root, which containers often are.
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    sandbox = ["--no-sandbox"] * as_root
    return [str(program), *_FLAGS, *sandbox, f"--user-data-dir={folder}", "about:blank"]


def _start(command: Sequence[str]) -> tuple[subprocess.Popen[bytes], BinaryIO, BinaryIO]:
    read_commands, write_commands = os.pipe()
    read_answers, write_answers = os.pipe()
    try:
        process = _popen(command, read_commands, write_answers)
    except OSError:
        os.close(write_commands)
        os.close(read_answers)
        raise
    finally:
        os.close(read_commands)
        os.close(write_answers)
    return process, os.fdopen(write_commands, "wb"), os.fdopen(read_answers, "rb")


def _popen(command: Sequence[str], commands: int, answers: int) -> subprocess.Popen[bytes]:
    silent: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
    if sys.platform == "win32":
        import msvcrt

        handles = [msvcrt.get_osfhandle(end) for end in (commands, answers)]
        for handle in handles:
            os.set_handle_inheritable(handle, True)
        startup = subprocess.STARTUPINFO(lpAttributeList={"handle_list": handles})
        pipes = f"--remote-debugging-io-pipes={handles[0]},{handles[1]}"
        return subprocess.Popen([*command, pipes], startupinfo=startup, **silent)
    placed = [sys.executable, "-I", "-S", "-c", _PLACE_PIPES, str(commands), str(answers)]
    return subprocess.Popen([*placed, *command], pass_fds=(commands, answers), **silent)
