"""Talking to a browser over a pair of pipes: the DevTools protocol, one JSON text a message.

No port is opened that others could use, and the browser ends when its pipe is closed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, BinaryIO

from clm_plugin_drawio.errors import BrowserGoneError, BrowserRefusedError, BrowserTimeoutError

Message = dict[str, Any]
_CHUNK = 1 << 16

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


class Pipe:
    """A running browser and the connection to it.

    `on_event` is called with every event that arrives while an answer is awaited.
    """

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        on_event: Callable[[Message], None],
    ) -> None:
        self._on_event = on_event
        self._last_id = 0
        self._arrived: SimpleQueue[Message | None] = SimpleQueue()
        self._process, self._commands, answers = _start(command, log)
        reader = threading.Thread(target=self._read, args=(answers,), daemon=True)
        reader.start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def call(
        self,
        method: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        session: str | None = None,
        deadline: float,
    ) -> Message:
        """The result of a command; `deadline` is on the monotonic clock.

        Raises:
            BrowserTimeoutError: there was none in time.
            BrowserGoneError: the browser has ended.
            BrowserRefusedError: the browser answers with an error.
        """
        wanted = self.send(method, parameters, session=session)
        while True:
            message = self._next(deadline, method)
            if message.get("id") == wanted:
                if "error" in message:
                    raise BrowserRefusedError(f"{method}: {message['error'].get('message')}")
                result: Message = message["result"]
                return result
            if "method" in message:
                self._on_event(message)

    def wait_until(self, is_so: Callable[[], bool], deadline: float) -> None:
        """Takes in events until `is_so`; raises as `call` does."""
        while not is_so():
            message = self._next(deadline, "an event")
            if "method" in message:
                self._on_event(message)

    def send(
        self,
        method: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        session: str | None = None,
    ) -> int:
        """Sends a command without waiting for its answer; gives its number."""
        self._last_id += 1
        message: Message = {"id": self._last_id, "method": method, "params": parameters or {}}
        if session is not None:
            message["sessionId"] = session
        try:
            self._commands.write(json.dumps(message).encode() + b"\0")
            self._commands.flush()
        except (OSError, ValueError) as error:
            raise BrowserGoneError("the browser has ended") from error
        return self._last_id

    def close(self, grace_seconds: float = 5.0) -> None:
        """Ends the browser: asks by closing the pipe, then kills it."""
        with suppress(OSError):
            self._commands.close()
        try:
            self._process.wait(grace_seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def kill(self) -> None:
        """Ends the browser at once."""
        self._process.kill()
        self.close()

    def _next(self, deadline: float, method: str) -> Message:
        try:
            message = self._arrived.get(timeout=max(0.0, deadline - time.monotonic()))
        except Empty:
            raise BrowserTimeoutError(f"no answer to {method} in time") from None
        if message is None:
            self._arrived.put(None)  # for whoever asks next
            raise BrowserGoneError("the browser has ended")
        return message

    def _read(self, answers: BinaryIO) -> None:
        with answers:
            rest = bytearray()
            while chunk := answers.read1(_CHUNK):  # type: ignore[attr-defined]
                start = len(rest)
                rest += chunk
                while (end := rest.find(b"\0", start)) >= 0:
                    self._arrived.put(json.loads(rest[:end]))
                    del rest[: end + 1]
                    start = 0
        self._arrived.put(None)


def _start(command: Sequence[str], log: Path) -> tuple[subprocess.Popen[bytes], BinaryIO, BinaryIO]:
    read_commands, write_commands = os.pipe()
    read_answers, write_answers = os.pipe()
    with log.open("ab") as messages:
        try:
            process = _popen(command, read_commands, write_answers, messages)
        except OSError as error:
            for descriptor in (write_commands, read_answers):
                os.close(descriptor)
            raise BrowserGoneError(f"{command[0]} cannot be started: {error.strerror}") from error
        finally:
            os.close(read_commands)
            os.close(write_answers)
    return process, os.fdopen(write_commands, "wb"), os.fdopen(read_answers, "rb")


def _popen(
    command: Sequence[str], commands: int, answers: int, messages: BinaryIO
) -> subprocess.Popen[bytes]:
    if sys.platform == "win32":
        import msvcrt

        handles = [msvcrt.get_osfhandle(end) for end in (commands, answers)]
        for handle in handles:
            os.set_handle_inheritable(handle, True)
        startup = subprocess.STARTUPINFO(lpAttributeList={"handle_list": handles})
        pipes = f"--remote-debugging-io-pipes={handles[0]},{handles[1]}"
        return subprocess.Popen(
            [*command, pipes],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            startupinfo=startup,
        )
    placed = [sys.executable, "-I", "-S", "-c", _PLACE_PIPES, str(commands), str(answers)]
    return subprocess.Popen(
        [*placed, *command],
        stdin=subprocess.DEVNULL,
        stdout=messages,
        stderr=messages,
        pass_fds=(commands, answers),
    )
