"""The connection to a browser, with a fake browser at the other end of the pipes."""

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
class FakeBrowser:
    """A browser that answers each command as the test specifies."""

    connection: Connection
    commands: BinaryIO
    answers: BinaryIO
    events: list[Message]
    _threads: list[threading.Thread] = field(factory=list)

    def send(self, *messages: Any) -> None:
        self.answers.write(b"".join(json.dumps(message).encode() + b"\0" for message in messages))

    def answer_next(self, answer: Callable[[Message], list[Message]]) -> None:
        """Answer the next command with the messages that `answer` returns for it."""

        def run() -> None:
            text = bytearray()
            while not text.endswith(b"\0"):
                text += self.commands.read(1)
            self.send(*answer(json.loads(text[:-1])))

        self._threads.append(threading.Thread(target=run))
        self._threads[-1].start()

    def end(self) -> None:
        for thread in self._threads:
            thread.join()
        self.answers.close()
        self.commands.close()


@pytest.fixture
def browser() -> Iterator[FakeBrowser]:
    read_commands, write_commands = os.pipe()
    read_answers, write_answers = os.pipe()
    events: list[Message] = []
    with os.fdopen(write_commands, "wb", buffering=0) as commands:
        answers = os.fdopen(read_answers, "rb", buffering=0)
        connection = Connection(commands, answers, events.append, largest_message=200_000)
        connection.allow(60)
        browser = FakeBrowser(
            connection,
            os.fdopen(read_commands, "rb", buffering=0),
            os.fdopen(write_answers, "wb", buffering=0),
            events,
        )
        yield browser
        browser.end()


def test_command_returns_own_result(browser: FakeBrowser) -> None:
    late = {"id": 99, "result": {"of": "another"}}
    browser.answer_next(lambda command: [late, {"id": command["id"], "result": command["params"]}])
    assert browser.connection.call("Some.command", {"a": "ü"}) == {"a": "ü"}


def test_command_sent_to_session(browser: FakeBrowser) -> None:
    browser.answer_next(
        lambda command: [{"id": command["id"], "result": {"to": command["sessionId"]}}]
    )
    assert browser.connection.call("Some.command", session="s") == {"to": "s"}


def test_events_before_answer_delivered(browser: FakeBrowser) -> None:
    event = {"method": "Some.event", "params": {}}
    browser.answer_next(lambda command: [event, {"id": command["id"], "result": {}}])
    browser.connection.call("Some.command")
    assert browser.events == [event]


def test_fragmented_answer_reassembled(browser: FakeBrowser) -> None:
    long = {"text": "x" * 150_000}
    browser.answer_next(lambda command: [{"id": command["id"], "result": long}])
    assert browser.connection.call("Some.command") == long


def test_refusal_names_command_and_reason(browser: FakeBrowser) -> None:
    browser.answer_next(lambda command: [{"id": command["id"], "error": {"message": "not so"}}])
    with pytest.raises(BrowserRefusedError, match=r"Some\.command: not so"):
        browser.connection.call("Some.command")


def test_answer_timeout_is_transient(browser: FakeBrowser) -> None:
    browser.connection.allow(0.05)
    with pytest.raises(BrowserTimeoutError, match=r"Some\.command") as caught:
        browser.connection.call("Some.command")
    assert isinstance(caught.value, TransientJobError)


def test_no_event_after_timeout(browser: FakeBrowser) -> None:
    # Otherwise a page that keeps sending events would never time out.
    browser.send({"method": "Some.event"})
    while browser.connection._arrived.empty():
        pass
    browser.connection.allow(0)
    with pytest.raises(BrowserTimeoutError):
        browser.connection.wait_until(lambda: False)
    assert browser.events == []


def test_read_from_ended_browser_fails(browser: FakeBrowser) -> None:
    browser.answers.close()
    for _ in range(2):
        with pytest.raises(BrowserGoneError, match="has ended"):
            browser.connection.call("Some.command")


def test_reaped_process_spares_browser(
    browser: FakeBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A browser notices the end of most of its processes itself, a moment later.
    looks = iter([{1}, {2}, {3, 4}])

    def look() -> set[int]:
        dead = next(looks, set())
        if not dead:
            browser.send({"id": 1, "result": {}})
        return dead

    monkeypatch.setattr("clm.browser.connection._LOOK_SECONDS", 0.01)
    monkeypatch.setattr(browser.connection, "_dead_processes", look)
    assert browser.connection.call("Some.command") == {}


def test_write_to_ended_browser_fails(browser: FakeBrowser) -> None:
    browser.commands.close()
    with pytest.raises(BrowserGoneError, match="has ended"):
        browser.connection.call("Some.command")


def test_oversized_message_refused(browser: FakeBrowser) -> None:
    browser.answer_next(lambda command: [])
    threading.Thread(target=_flood, args=(browser.answers, 500_000)).start()
    with pytest.raises(BrowserGoneError, match="longer than 200000 bytes"):
        browser.connection.call("Some.command")


def test_malformed_message_refused(browser: FakeBrowser) -> None:
    browser.answers.write(b"{\0")
    with pytest.raises(BrowserGoneError, match="invalid message"):
        browser.connection.call("Some.command")


def _flood(answers: BinaryIO, count: int) -> None:
    try:
        answers.write(b"x" * count)
    except OSError:
        return  # the connection has closed its end
