"""Limits of a preview's server: late, endless, many and unread requests."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from clm.builder.report import JobReport, Outcome
from clm.errors import Diagnostic
from clm.preview import answers, server
from clm.preview.answers import Preview
from clm.preview.live import Live
from clm.preview.server import serving
from clm.preview.trees import ServedTrees

HEAD = b"GET %s HTTP/1.1\r\nHost: localhost\r\n"


@contextmanager
def served(trees: ServedTrees, port: int) -> Iterator[None]:
    with serving(Preview(Live(), lambda: trees, lambda: ""), "127.0.0.1", port):
        yield


def connected(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=30)


def said(connection: socket.socket) -> bytes:
    """All that the server says until it ends the connection."""
    found = b""
    while True:
        try:
            part = connection.recv(65536)
        except ConnectionResetError:
            return found
        if not part:
            return found
        found += part


def answered(port: int) -> bool:
    with connected(port) as connection:
        connection.sendall(HEAD % b"/~state" + b"Connection: close\r\n\r\n")
        return said(connection).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("begun", [b"", b"GET /", HEAD % b"/", b"\r\n"])
def test_late_request_ended(
    trees: ServedTrees, unused_port: int, monkeypatch: pytest.MonkeyPatch, begun: bytes
) -> None:
    monkeypatch.setattr(server, "_REQUEST_SECONDS", 0.1)
    with served(trees, unused_port), connected(unused_port) as connection:
        connection.sendall(begun)
        said(connection)


def test_trickling_request_ended(
    trees: ServedTrees, unused_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_REQUEST_SECONDS", 0.5)
    ended = threading.Event()

    def trickle(connection: socket.socket) -> None:
        connection.sendall(HEAD % b"/")
        try:
            while not ended.wait(0.02):
                connection.sendall(b"X: y\r\n")
        except OSError:
            pass  # the server has ended the connection

    with served(trees, unused_port), connected(unused_port) as connection:
        thread = threading.Thread(target=trickle, args=(connection,))
        thread.start()
        said(connection)
        ended.set()
        thread.join()


@pytest.mark.parametrize(
    "request_text",
    [
        b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n",
        HEAD % b"/" + b"X: " + b"y" * 70_000 + b"\r\n\r\n",
        HEAD % b"/" + b"X: y\r\n" * 200 + b"\r\n",
        b"\x16\x03\x01\x02\x00" * 20 + b"\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET\r\n\r\n",
    ],
)
def test_unusual_request_refused(trees: ServedTrees, unused_port: int, request_text: bytes) -> None:
    with served(trees, unused_port), connected(unused_port) as connection:
        connection.sendall(request_text)
        connection.shutdown(socket.SHUT_WR)
        assert b"200 OK" not in said(connection)
        assert answered(unused_port)


@pytest.mark.parametrize("line", [b"GET /~preview.js\r\n", b"GET /~preview.js HTTP/0.9\r\n"])
def test_old_request_ends_connection(trees: ServedTrees, unused_port: int, line: bytes) -> None:
    with served(trees, unused_port), connected(unused_port) as connection:
        connection.sendall(line + b"Host: localhost\r\nConnection: keep-alive\r\n\r\n")
        assert said(connection).count(b"EventSource(") == 1


@pytest.mark.parametrize("kind", [b"Content-Length: 61", b"Transfer-Encoding: chunked"])
def test_body_is_no_request(trees: ServedTrees, unused_port: int, kind: bytes) -> None:
    inner = HEAD % b"/course/public/De/data.csv" + b"\r\n"
    with served(trees, unused_port), connected(unused_port) as connection:
        connection.sendall(HEAD % b"/~preview.js" + kind + b"\r\n\r\n" + inner)
        assert said(connection).count(b"HTTP/1.1 ") == 1


def test_streams_are_limited(
    trees: ServedTrees, unused_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_MOST_STREAMS", 3)
    with served(trees, unused_port), ExitStack() as stack:
        for _ in range(3):
            stream = stack.enter_context(connected(unused_port))
            stream.sendall(HEAD % b"/~events" + b"\r\n")
            assert stream.recv(100).startswith(b"HTTP/1.1 200")
        refused = stack.enter_context(connected(unused_port))
        refused.sendall(HEAD % b"/~events" + b"Connection: close\r\n\r\n")
        assert said(refused).startswith(b"HTTP/1.1 503")
        assert answered(unused_port)


def test_connections_are_limited(
    trees: ServedTrees, unused_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_MOST_CONNECTIONS", 5)
    before = threading.active_count()
    with served(trees, unused_port):
        with ExitStack() as stack:
            many = [stack.enter_context(connected(unused_port)) for _ in range(50)]
            assert said(many[-1]) == b""
            assert threading.active_count() <= before + 6
        while not answered(unused_port):  # as soon as the server knows that they have gone
            pass


def test_unread_film_ends(
    trees: ServedTrees, unused_port: int, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers.Handler, "timeout", 0.2)
    film = folder / "public/De/film.mp4"
    with film.open("wb") as file:
        file.truncate(50_000_000)
    with served(trees, unused_port):
        threads = threading.active_count()
        with connected(unused_port) as connection:
            connection.sendall(HEAD % b"/course/public/De/film.mp4" + b"\r\n")
            connection.recv(10)
            while threading.active_count() > threads:
                threading.Event().wait(0.02)
            assert len(said(connection)) < 50_000_000
    film.unlink()


def test_unread_events_end(
    trees: ServedTrees, unused_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers.Handler, "timeout", 0.2)
    preview = Preview(Live(), lambda: trees, lambda: "", key="key")
    large = (Diagnostic("large", excerpt="x" * 1_000_000),)
    with serving(preview, "127.0.0.1", unused_port):
        threads = threading.active_count()
        with connected(unused_port) as connection:
            cookie = f"Cookie: clm-preview-{unused_port}=key\r\n\r\n".encode()
            connection.sendall(HEAD % b"/~events" + cookie)
            connection.recv(10)
            number = 0
            while threading.active_count() > threads:
                number += 1
                job = JobReport(str(number), "deck", str(number), Outcome.FAILED, large)
                preview.live.ended(job)
                threading.Event().wait(0.02)
