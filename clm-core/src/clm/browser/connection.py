"""Commands and answers over a browser's pipes: the DevTools protocol, one JSON text a message."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from queue import Empty, SimpleQueue
from typing import Any, BinaryIO

from clm.browser.errors import BrowserGoneError, BrowserRefusedError, BrowserTimeoutError

Message = dict[str, Any]
"""A command's result, or an event, as the DevTools protocol describes them."""

_CHUNK_BYTES = 1 << 16
_LARGEST_MESSAGE = 1 << 28  # bytes; a page of a course may try to fill the memory


class Connection:
    """What is said to a browser and what it answers; not for several threads.

    `commands` and `answers` are our ends of its pipes; the answers are closed at their end.
    `on_event` is called with every event that arrives while an answer is awaited.

    Raises (all members that wait):
        BrowserTimeoutError: the time last allowed is over.
        BrowserGoneError: the browser has ended, or sends what is no message.
    """

    def __init__(
        self,
        commands: BinaryIO,
        answers: BinaryIO,
        on_event: Callable[[Message], None],
        *,
        largest_message: int = _LARGEST_MESSAGE,
    ) -> None:
        self._commands = commands
        self._on_event = on_event
        self._largest_message = largest_message
        self._deadline = time.monotonic()
        self._last_id = 0
        self._end = "the browser has ended"
        self._arrived: SimpleQueue[Message | None] = SimpleQueue()
        threading.Thread(target=self._read, args=(answers,), daemon=True).start()

    def allow(self, seconds: float) -> None:
        """From now on, all answers must have come after so many seconds."""
        self._deadline = time.monotonic() + seconds

    def call(
        self,
        method: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        session: str | None = None,
    ) -> Message:
        """The result of a command.

        Raises:
            BrowserRefusedError: the browser answers with an error.
        """
        wanted = self.send(method, parameters, session=session)
        while True:
            message = self._next(method)
            if message.get("id") == wanted:
                if "error" in message:
                    raise BrowserRefusedError(f"{method}: {message['error'].get('message')}")
                result: Message = message["result"]
                return result
            self._take_event(message)

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
            raise BrowserGoneError(self._end) from error
        return self._last_id

    def wait_until(self, is_so: Callable[[], bool]) -> None:
        """Takes in events until `is_so`."""
        while not is_so():
            self._take_event(self._next("an event"))

    def _take_event(self, message: Message) -> None:
        # What has a number and no method is the late answer to an earlier call.
        if "method" in message:
            self._on_event(message)

    def _next(self, wanted: str) -> Message:
        # Looked at first: a page that sends more and more would never be late.
        left = self._deadline - time.monotonic()
        try:
            if left <= 0:
                raise Empty
            message = self._arrived.get(timeout=left)
        except Empty:
            said = f"the browser does not answer in time ({wanted})"
            raise BrowserTimeoutError(said) from None
        if message is None:
            self._arrived.put(None)  # for whoever asks next
            raise BrowserGoneError(self._end)
        return message

    def _read(self, answers: BinaryIO) -> None:
        try:
            with answers:
                for text in _texts(answers, self._largest_message):
                    self._arrived.put(json.loads(text))
        except ValueError as error:
            self._end = f"the browser sends what is no message: {error}"
        finally:
            self._arrived.put(None)


def _texts(answers: BinaryIO, largest: int) -> Iterator[bytearray]:
    """The messages as they arrive."""
    rest = bytearray()
    while chunk := answers.read(_CHUNK_BYTES):
        start = len(rest)
        rest += chunk
        while (end := rest.find(b"\0", start)) >= 0:
            yield rest[:end]
            del rest[: end + 1]
            start = 0
        if len(rest) > largest:
            raise ValueError(f"it is longer than {largest} bytes")
