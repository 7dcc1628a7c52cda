"""HTTP servers for results that behave well, or in a chosen way that is wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from attrs import define, field

Answer = Callable[["Handler"], None]


@define(eq=False)
class ResultServer:
    """A server on loopback with its contents by path; `requests` has those that it got.

    `on_get` and `on_put` answer instead of it; they may wait until `ended` is set.
    """

    contents: dict[str, bytes] = field(factory=dict)
    requests: list[str] = field(factory=list)
    headers: list[dict[str, str]] = field(factory=list)
    on_get: Answer | None = None
    on_put: Answer | None = None
    ended: threading.Event = field(factory=threading.Event)
    url: str = ""


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    state: ResultServer

    def do_GET(self) -> None:
        self._note()
        if self.state.on_get is not None:
            self.state.on_get(self)
            return
        data = self.state.contents.get(self.path)
        self.answer(404 if data is None else 200, data or b"")

    def do_PUT(self) -> None:
        self._note()
        data = self.rfile.read(int(self.headers["Content-Length"]))
        if self.state.on_put is not None:
            self.state.on_put(self)
            return
        self.state.contents[self.path] = data
        self.answer(201)

    def answer(self, status: int, data: bytes = b"", *, length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(data) if length is None else length))
        self.send_header("ETag", '"1"')  # clients of S3 need one
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Prints nothing."""

    def _note(self) -> None:
        self.state.requests.append(f"{self.command} {self.path}")
        self.state.headers.append(dict(self.headers))


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """Prints nothing: clients may leave early."""


@contextmanager
def serving(state: ResultServer) -> Iterator[ResultServer]:
    """Runs the server until the end of the block."""
    handler = type("OfServer", (Handler,), {"state": state})
    server = _Server(("127.0.0.1", 0), handler)
    state.url = f"http://127.0.0.1:{server.server_port}/results"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield state
    finally:
        state.ended.set()
        server.shutdown()
        thread.join()
        server.server_close()
