"""Server of a preview: pages of the outputs, a dashboard, and events for open pages.

It answers only requests for its own names (`Host`), so no other site can read it through the
reader's browser, and it only reads.
"""

from __future__ import annotations

import json
import mimetypes
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from queue import Empty
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from attrs import define

from clm.errors import UsageError
from clm.preview.live import Live
from clm.preview.trees import ServedTrees
from clm.theme.tokens import tokens_css

EVENTS, STATE, SCRIPT = "/~events", "/~state", "/~preview.js"
DEFAULT_PORT = 8765
_TRIED_PORTS = 20
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_KEEP_ALIVE_SECONDS = 15.0
_REQUEST_SECONDS = 30.0
_MOST_STREAMS = 64


@define(eq=False)
class Preview:
    """What is served: the state, and the trees, which may change with the spec.

    `hosts` are the names under which it answers.
    """

    live: Live
    trees: Callable[[], ServedTrees | None]
    title: Callable[[], str]
    hosts: tuple[str, ...] = _LOOPBACK


@contextmanager
def serving(preview: Preview, host: str, port: int | None) -> Iterator[str]:
    """Serve in threads while the context lasts; yields the address.

    Without a port the default is used, or the next one that is free.

    Raises:
        UsageError: no port can be used.
    """
    server = _listening(preview, host, port)
    thread = threading.Thread(target=server.serve_forever, name="preview", daemon=True)
    thread.start()
    try:
        name = f"[{host}]" if ":" in host else host
        yield f"http://{name}:{server.server_port}/"
    finally:
        preview.live.close()
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Open streams of events must not keep the program from ending.
    block_on_close = False

    def __init__(self, address: tuple[str, int], preview: Preview) -> None:
        self.preview = preview
        self.streams = threading.BoundedSemaphore(_MOST_STREAMS)
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that closes its connection is no error."""


def _listening(preview: Preview, host: str, port: int | None) -> _Server:
    ports = range(DEFAULT_PORT, DEFAULT_PORT + _TRIED_PORTS) if port is None else (port,)
    reason = ""
    for number in ports:
        try:
            return _Server((host, number), preview)
        except OSError as error:
            reason = error.strerror or str(error)
    what = f"port {port}" if port is not None else f"any port from {ports[0]} to {ports[-1]}"
    raise UsageError(f"cannot listen on {what} of {host}: {reason}", hint="choose another --port")


class _Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = _REQUEST_SECONDS

    def log_message(self, format: str, *arguments: Any) -> None:
        """Requests are not logged."""

    def do_GET(self) -> None:
        if not self._is_own_host():
            self._send_text(HTTPStatus.FORBIDDEN, "this name is not the preview's own")
            return
        address = unquote(urlsplit(self.path).path)
        special = {"/": self._dashboard, EVENTS: self._events, STATE: self._state}
        trees = self.server.preview.trees()
        if address == SCRIPT:
            self._send("text/javascript", _static("preview.js").encode())
        elif address in special:
            special[address]()
        elif trees is not None and trees.is_private(address):
            self._dashboard(with_private=True)
        else:
            self._file(address)

    do_HEAD = do_GET

    def _is_own_host(self) -> bool:
        name = self.headers.get("Host", "")
        host = name.rpartition(":")[0] if name.rpartition(":")[2].isdigit() else name
        return host.strip("[]").lower() in self.server.preview.hosts

    def _file(self, address: str) -> None:
        trees = self.server.preview.trees()
        file = trees.file(address) if trees is not None else None
        if trees is None or file is None:
            self._send_text(HTTPStatus.NOT_FOUND, "no output has this address")
            return
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        try:
            if kind == "text/html":
                self._page(file, address.removeprefix("/").partition("/")[2])
            else:
                self._send_file(kind, file)
        except OSError:
            self.close_connection = True  # a build is just replacing the file

    def _page(self, file: Path, path: str) -> None:
        html = file.read_bytes()
        source = escape(self.server.preview.live.source_of(path))
        script = f'<script src="{SCRIPT}" data-path="{escape(path)}" data-source="{source}">'
        end = html.rfind(b"</body>")
        end = len(html) if end < 0 else end
        added = f"{script}</script>".encode()
        self._send("text/html; charset=utf-8", html[:end] + added + html[end:])

    def _send_file(self, kind: str, file: Path) -> None:
        with file.open("rb") as content:
            content.seek(0, 2)
            length = content.tell()
            content.seek(0)
            self._begin(HTTPStatus.OK, kind, length)
            if self.command != "HEAD":
                shutil.copyfileobj(content, self.wfile)

    def _state(self) -> None:
        self._send("application/json", json.dumps(self.server.preview.live.data()).encode())

    def _dashboard(self, *, with_private: bool = False) -> None:
        preview = self.server.preview
        trees = preview.trees()
        title = escape(preview.title())
        body = _static("dashboard.html").replace("{{tokens}}", tokens_css())
        body = body.replace("{{title}}", title)
        body = body.replace("{{trees}}", _links(trees, with_private) if trees else "")
        self._send("text/html; charset=utf-8", body.encode())

    def _events(self) -> None:
        if not self.server.streams.acquire(blocking=False):
            self._send_text(HTTPStatus.SERVICE_UNAVAILABLE, "too many open pages")
            return
        live = self.server.preview.live
        events = live.subscribe()
        try:
            self._begin(HTTPStatus.OK, "text/event-stream", None)
            while True:
                try:
                    event = events.get(timeout=_KEEP_ALIVE_SECONDS)
                except Empty:
                    self.wfile.write(b":\n\n")
                    continue
                if event is None:
                    return
                self.wfile.write(f"data: {event}\n\n".encode())
        except OSError:
            pass  # the browser has closed the page
        finally:
            live.unsubscribe(events)
            self.server.streams.release()
            self.close_connection = True

    def _send_text(self, status: HTTPStatus, text: str) -> None:
        self._send("text/plain; charset=utf-8", text.encode(), status)

    def _send(self, kind: str, data: bytes, status: HTTPStatus = HTTPStatus.OK) -> None:
        self._begin(status, kind, len(data))
        if self.command != "HEAD":
            self.wfile.write(data)

    def _begin(self, status: HTTPStatus, kind: str, length: int | None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Referrer-Policy", "no-referrer")  # addresses contain the secret
        if length is None:
            self.send_header("Connection", "close")
            self.close_connection = True
        else:
            self.send_header("Content-Length", str(length))
        self.end_headers()


def _links(trees: ServedTrees, with_private: bool) -> str:
    """A list of the pages of each tree."""
    sections = []
    for tree in (tree for tree in trees.trees if tree.public or with_private):
        folder = trees.folder / tree.path
        items = "".join(
            f'<li><a href="{trees.address(tree)}{quote(path)}">{escape(name)}</a></li>'
            for page in trees.pages(tree)
            for path, name in [(page.relative_to(trees.folder).as_posix(), _name(page, folder))]
        )
        who = "" if tree.public else ' <span class="private">not for students</span>'
        if items:
            sections.append(f"<section><h2>{escape(tree.path)}{who}</h2><ul>{items}</ul></section>")
    return "".join(sections)


def _name(page: Path, folder: Path) -> str:
    return page.relative_to(folder).with_suffix("").as_posix().replace("/", " / ")


@cache
def _static(name: str) -> str:
    return (files(__package__) / "static" / name).read_text(encoding="utf-8")
