"""What is said to a browser, with the browser's part played by the test."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import pytest
from attrs import define, field

from clm import TransientJobError
from clm.browser import BrowserGoneError, BrowserRefusedError, BrowserTimeoutError, Message
from clm.browser.connection import Connection


@define
class Played:
    """A browser that answers each command with what the test wants."""

    connection: Connection
    heard: BinaryIO
    said: BinaryIO
    events: list[Message]
    _threads: list[threading.Thread] = field(factory=list)

    def say(self, *messages: Any) -> None:
        self.said.write(b"".join(json.dumps(message).encode() + b"\0" for message in messages))

    def then(self, answer: Callable[[Message], list[Message]]) -> None:
        """Answer the next command so."""

        def run() -> None:
            text = bytearray()
            while not text.endswith(b"\0"):
                text += self.heard.read(1)
            self.say(*answer(json.loads(text[:-1])))

        self._threads.append(threading.Thread(target=run))
        self._threads[-1].start()

    def end(self) -> None:
        for thread in self._threads:
            thread.join()
        self.said.close()
        self.heard.close()


@pytest.fixture
def played() -> Iterator[Played]:
    heard, commands = os.pipe()
    answers, said = os.pipe()
    events: list[Message] = []
    with os.fdopen(commands, "wb", buffering=0) as ours:
        connection = Connection(
            ours, os.fdopen(answers, "rb", buffering=0), events.append, largest_message=200_000
        )
        connection.allow(60)
        played = Played(
            connection,
            os.fdopen(heard, "rb", buffering=0),
            os.fdopen(said, "wb", buffering=0),
            events,
        )
        yield played
        played.end()


def test_command_returns_own_result(played: Played) -> None:
    late = {"id": 99, "result": {"of": "another"}}
    played.then(lambda command: [late, {"id": command["id"], "result": command["params"]}])
    assert played.connection.call("Some.command", {"a": "ü"}) == {"a": "ü"}


def test_command_sent_to_session(played: Played) -> None:
    played.then(lambda command: [{"id": command["id"], "result": {"to": command["sessionId"]}}])
    assert played.connection.call("Some.command", session="s") == {"to": "s"}


def test_events_before_answer_delivered(played: Played) -> None:
    event = {"method": "Some.event", "params": {}}
    played.then(lambda command: [event, {"id": command["id"], "result": {}}])
    played.connection.call("Some.command")
    assert played.events == [event]


def test_fragmented_answer_reassembled(played: Played) -> None:
    long = {"text": "x" * 150_000}
    played.then(lambda command: [{"id": command["id"], "result": long}])
    assert played.connection.call("Some.command") == long


def test_refusal_names_command_and_reason(played: Played) -> None:
    played.then(lambda command: [{"id": command["id"], "error": {"message": "not so"}}])
    with pytest.raises(BrowserRefusedError, match=r"Some\.command: not so"):
        played.connection.call("Some.command")


def test_answer_timeout_is_transient(played: Played) -> None:
    played.connection.allow(0.05)
    with pytest.raises(BrowserTimeoutError, match=r"Some\.command") as caught:
        played.connection.call("Some.command")
    assert isinstance(caught.value, TransientJobError)


def test_no_event_after_timeout(played: Played) -> None:
    # Else a page that sends more and more would never be late.
    played.say({"method": "Some.event"})
    while played.connection._arrived.empty():
        pass
    played.connection.allow(0)
    with pytest.raises(BrowserTimeoutError):
        played.connection.wait_until(lambda: False)
    assert played.events == []


def test_read_from_ended_browser_fails(played: Played) -> None:
    played.said.close()
    for _ in range(2):
        with pytest.raises(BrowserGoneError, match="has ended"):
            played.connection.call("Some.command")


def test_write_to_ended_browser_fails(played: Played) -> None:
    played.heard.close()
    with pytest.raises(BrowserGoneError, match="has ended"):
        played.connection.call("Some.command")


def test_oversized_message_refused(played: Played) -> None:
    played.then(lambda command: [])
    threading.Thread(target=_pour, args=(played.said, 500_000)).start()
    with pytest.raises(BrowserGoneError, match="longer than 200000 bytes"):
        played.connection.call("Some.command")


def test_malformed_message_refused(played: Played) -> None:
    played.said.write(b"{\0")
    with pytest.raises(BrowserGoneError, match="no message"):
        played.connection.call("Some.command")


def _pour(said: BinaryIO, count: int) -> None:
    try:
        said.write(b"x" * count)
    except OSError:
        return  # nobody listens any more
