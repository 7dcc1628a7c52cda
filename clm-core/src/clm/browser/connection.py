"""The DevTools protocol over a browser's pipes: each message is a JSON text."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Set
from queue import Empty, SimpleQueue
from typing import Any, BinaryIO

from clm.browser.errors import BrowserGoneError, BrowserRefusedError, BrowserTimeoutError

Message = dict[str, Any]
"""A command's result, or an event, as the DevTools protocol describes them."""

_CHUNK_BYTES = 1 << 16
_LOOK_SECONDS = 1.0  # between looks at the browser's processes while it does not answer
_LARGEST_MESSAGE = 1 << 28  # bytes; limits the memory that a page of a course can use


class Connection:
    """A connection to a browser for commands and their answers; not thread-safe.

    `commands` and `answers` are this process's ends of the pipes; `answers` is closed at its end.
    `on_event` is called with every event that arrives during a wait for an answer. `dead_processes`
    returns those of the browser's own processes that have ended and that it still waits for.

    Raises (all members that wait):
        BrowserTimeoutError: the time last allowed is over.
        BrowserGoneError: the browser or one of its processes has ended, or it has sent an invalid
            message.
    """

    def __init__(
        self,
        commands: BinaryIO,
        answers: BinaryIO,
        on_event: Callable[[Message], None],
        *,
        largest_message: int = _LARGEST_MESSAGE,
        dead_processes: Callable[[], Set[int]] = frozenset,
    ) -> None:
        self._commands = commands
        self._on_event = on_event
        self._dead_processes = dead_processes
        self._dead: Set[int] = frozenset()
        self._largest_message = largest_message
        self._deadline = time.monotonic()
        self._last_id = 0
        self._end = "the browser has ended"
        self._arrived: SimpleQueue[Message | None] = SimpleQueue()
        threading.Thread(target=self._read, args=(answers,), daemon=True).start()

    def allow(self, seconds: float) -> None:
        """Set the deadline for all further answers to `seconds` from now."""
        self._deadline = time.monotonic() + seconds

    def call(
        self,
        method: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        session: str | None = None,
    ) -> Message:
        """Send a command and return its result.

        Raises:
            BrowserRefusedError: the browser answers with an error.
        """
        command_id = self.send(method, parameters, session=session)
        while True:
            message = self._next(method)
            if message.get("id") == command_id:
                if "error" in message:
                    raise BrowserRefusedError(f"{method}: {message['error'].get('message')}")
                result: Message = message["result"]
                return result
            self._dispatch(message)

    def send(
        self,
        method: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        session: str | None = None,
    ) -> int:
        """Send a command without waiting for its answer; return its id."""
        self._last_id += 1
        message: Message = {"id": self._last_id, "method": method, "params": parameters or {}}
        if session is not None:
            message["sessionId"] = session
        try:
            self._commands.write(json.dumps(message).encode() + b"\0")
            self._commands.flush()
        except (OSError, ValueError) as error:
            raise BrowserGoneError(self._end) from error
        return self._last_id

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Dispatch events until `condition` returns true."""
        while not condition():
            self._dispatch(self._next("an event"))

    def _dispatch(self, message: Message) -> None:
        # A message without a method is the late answer to an earlier call.
        if "method" in message:
            self._on_event(message)

    def _next(self, awaited: str) -> Message:
        # Checked first, since a page that keeps sending events would never time out otherwise.
        while (remaining := self._deadline - time.monotonic()) > 0:
            try:
                message = self._arrived.get(timeout=min(remaining, _LOOK_SECONDS))
            except Empty:
                self._look_at_processes()
                continue
            if message is None:
                self._arrived.put(None)  # for the next call
                raise BrowserGoneError(self._end)
            return message
        raise BrowserTimeoutError(f"the browser did not answer in time ({awaited})")

    def _look_at_processes(self) -> None:
        """Fail if a process that the browser waits for has ended.

        Chromium neither replaces a killed zygote, which starts all its other processes, nor ends
        without it: it would wait for its next page for ever.
        """
        dead = self._dead_processes()
        if dead & self._dead:  # what it does notice has been removed since the last look
            raise BrowserGoneError("one of the browser's processes has ended")
        self._dead = dead

    def _read(self, answers: BinaryIO) -> None:
        try:
            with answers:
                for text in _texts(answers, self._largest_message):
                    self._arrived.put(json.loads(text))
        except ValueError as error:
            self._end = f"the browser sent an invalid message: {error}"
        finally:
            self._arrived.put(None)


def _texts(answers: BinaryIO, largest: int) -> Iterator[bytearray]:
    """The null-terminated messages, as they arrive."""
    rest = bytearray()
    while chunk := answers.read(_CHUNK_BYTES):
        start = len(rest)
        rest += chunk
        while (end := rest.find(b"\0", start)) >= 0:
            yield rest[:end]
            del rest[: end + 1]
            start = 0
        if len(rest) > largest:
            raise ValueError(f"longer than {largest} bytes")
