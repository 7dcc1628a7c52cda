"""Answers of a preview: files of the outputs, a dashboard, and events for open pages.

Only requests for its own names (`Host`) are answered, so no other site can read it through the
reader's browser, and nothing is written. Errors of decks, whose text may be for teachers only, are
shown to browsers that have opened the secret address.
"""

from __future__ import annotations

import ipaddress
import json
import os
import secrets
import time
from collections.abc import Callable, Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from attrs import define, field

from clm.preview.live import Live, Now
from clm.preview.pages import (
    EVENTS,
    REPORT,
    SCRIPT,
    STATE,
    dashboard,
    media_type,
    missing_page,
    script,
    stamp_of,
    with_script,
)
from clm.preview.trees import ServedTrees
from clm.regular_files import open_regular

if TYPE_CHECKING:
    from clm.preview.server import Server

LOOPBACK = ("127.0.0.1", "localhost", "::1")
_WRITE_SECONDS = 30.0
_KEEP_ALIVE_SECONDS = 15.0
# Changes of the state within this time are one event.
_PAUSE_SECONDS = 0.03
_LONGEST_NUMBER = 20  # digits of a place in a file; Python reads no more than 4,300
_CHUNK = 1 << 16


def _no_facts() -> Mapping[str, Any]:
    return {}


def _no_report() -> str | None:
    return None


@define(eq=False)
class Preview:
    """What is served: the state, and the trees, which may change with the spec.

    `hosts` are the names under which it answers, with `any_address` also all addresses in digits.
    `facts` are further data for the dashboard, `report` is the page of the last build.
    """

    live: Live
    trees: Callable[[], ServedTrees | None]
    title: Callable[[], str]
    hosts: tuple[str, ...] = LOOPBACK
    any_address: bool = False
    facts: Callable[[], Mapping[str, Any]] = _no_facts
    report: Callable[[], str | None] = _no_report
    key: str = field(factory=lambda: secrets.token_urlsafe(16))

    def answers_to(self, name: str) -> bool:
        """Whether a `Host` is the preview's own; its port does not matter."""
        host = name.rpartition(":")[0] if name.rpartition(":")[2].isdigit() else name
        host = host.removeprefix("[").removesuffix("]").lower()
        return host in self.hosts or (self.any_address and _is_address(host))


class Handler(BaseHTTPRequestHandler):
    """Answers one connection."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "clm"
    sys_version = ""
    timeout = _WRITE_SECONDS

    def log_message(self, format: str, *arguments: Any) -> None:
        """Requests are not logged."""

    def handle_one_request(self) -> None:
        self.server.awaits(self.connection, True)
        super().handle_one_request()

    def do_GET(self) -> None:
        self.server.awaits(self.connection, False)
        if "Content-Length" in self.headers or "Transfer-Encoding" in self.headers:
            self.close_connection = True  # its body is not read
        if self.request_version == "HTTP/0.9":
            self.close_connection = True  # the end of an answer is not marked otherwise
        if not self.server.preview.answers_to(self.headers.get("Host", "")):
            text = "this name is not the preview's own; allow it with: clm preview --allow-host"
            self._send_text(HTTPStatus.FORBIDDEN, text)
        elif self._is_of_another_site():
            self._send_text(HTTPStatus.FORBIDDEN, "other sites may not use the preview")
        else:
            self._answer(urlsplit(self.path))

    do_HEAD = do_GET

    def _is_of_another_site(self) -> bool:
        """Whether a page of another site asks, other than by a link that the reader follows."""
        site = self.headers.get("Sec-Fetch-Site", "")
        return site == "cross-site" and self.headers.get("Sec-Fetch-Mode") != "navigate"

    def _answer(self, url: Any) -> None:
        address = unquote(url.path)
        trees = self.server.preview.trees()
        opens = trees is not None and trees.is_private(address)
        special = {"/": self._dashboard, STATE: self._state, SCRIPT: self._script}
        special |= {REPORT: self._report}
        if address in special:
            special[address]()
        elif address == EVENTS:
            self._events(parse_qs(url.query).get("page", [None])[0])
        elif trees is not None and opens and address == f"/{trees.secret}/":
            self._dashboard(opened=True)
        else:
            self._file(address, opened=opens)

    def _sees_details(self) -> bool:
        name, key = self._cookie
        cookies = self.headers.get("Cookie", "").split(";")
        values = [cookie.strip().removeprefix(f"{name}=") for cookie in cookies]
        return any(secrets.compare_digest(value.encode(), key.encode()) for value in values)

    @property
    def _cookie(self) -> tuple[str, str]:
        # Cookies do not depend on the port, so another preview must have another name.
        return f"clm-preview-{self.server.server_port}", self.server.preview.key

    # -- files --------------------------------------------------------------------------------

    def _file(self, address: str, *, opened: bool) -> None:
        trees = self.server.preview.trees()
        file = trees.file(address) if trees is not None else None
        try:
            if file is not None and media_type(file.name).startswith("text/html"):
                self._page(file, address, opened)
            elif file is not None:
                self._send_file(file)
            elif address.endswith(".html"):
                self._send("text/html", missing_page(address).encode(), HTTPStatus.NOT_FOUND)
            else:
                self._send_text(HTTPStatus.NOT_FOUND, "no output has this address")
        except OSError:
            self.close_connection = True  # a build is just replacing the file

    def _page(self, file: Path, address: str, opened: bool) -> None:
        with open_regular(file) as content:
            stamp = stamp_of(os.fstat(content.fileno()))
            html = content.read()
        self._send("text/html", with_script(html, address, stamp), opened=opened)

    def _send_file(self, file: Path) -> None:
        with open_regular(file) as content:
            size = os.fstat(content.fileno()).st_size
            first, end = self._range(size)
            status = HTTPStatus.OK if (first, end) == (0, size) else HTTPStatus.PARTIAL_CONTENT
            more = {"Accept-Ranges": "bytes"}
            if status is HTTPStatus.PARTIAL_CONTENT:
                more["Content-Range"] = f"bytes {first}-{end - 1}/{size}"
            self._begin(status, media_type(file.name), end - first, more)
            content.seek(first)
            if self.command != "HEAD":
                self._copy(content, end - first)

    def _copy(self, content: Any, length: int) -> None:
        while length > 0 and (chunk := content.read(min(length, _CHUNK))):
            self.wfile.write(chunk)
            length -= len(chunk)
        self.close_connection = self.close_connection or length > 0  # the file was cut off

    def _range(self, size: int) -> tuple[int, int]:
        """The part of a file that is asked for, as films are; the whole file if that is unclear."""
        unit, _, text = self.headers.get("Range", "").partition("=")
        first, dash, last = text.partition("-")
        if unit != "bytes" or not dash or not first.isdecimal() or not (last or "0").isdecimal():
            return 0, size
        if max(len(first), len(last)) > _LONGEST_NUMBER:
            return 0, size
        start, end = int(first), min(int(last) + 1 if last else size, size)
        return (start, end) if start < end else (0, size)

    # -- the state ----------------------------------------------------------------------------

    def _script(self) -> None:
        self._send("text/javascript", script().encode())

    def _state(self) -> None:
        details = self._sees_details()
        data = self._overview(self.server.preview.live.now, details)
        self._send("application/json", json.dumps(data).encode())

    def _overview(self, now: Now, details: bool) -> dict[str, Any]:
        facts = self.server.preview.facts() if details else {}
        return {**now.overview(details=details), **facts}

    def _dashboard(self, *, opened: bool = False) -> None:
        preview = self.server.preview
        details = opened or self._sees_details()
        page = dashboard(preview.title(), preview.trees(), details=details)
        self._send("text/html", page.encode(), opened=opened)

    def _report(self) -> None:
        page = self.server.preview.report() if self._sees_details() else None
        if page is None:
            self._send_text(HTTPStatus.NOT_FOUND, "no report for you, or of no build")
        else:
            self._send("text/html", page.encode())

    def _events(self, page: str | None) -> None:
        if not self.server.streams.acquire(blocking=False):
            self._send_text(HTTPStatus.SERVICE_UNAVAILABLE, "too many open pages")
            return
        try:
            self._begin(HTTPStatus.OK, "text/event-stream", None)
            if self.command != "HEAD":
                self._follow(page)
        except OSError:
            pass  # the browser has closed the page
        finally:
            self.server.streams.release()
            self.close_connection = True

    def _follow(self, page: str | None) -> None:
        live, details = self.server.preview.live, self._sees_details()
        seen, last = -1, ""
        while (now := live.wait(seen, _KEEP_ALIVE_SECONDS)) is not None:
            is_new = now.version > seen
            data = self._overview(now, details) if page is None else self._of_page(page, now, seen)
            seen, text = now.version, json.dumps(data)
            if text != last:
                self.wfile.write(f"data: {text}\n\n".encode())
                last = text
            elif not is_new:
                self.wfile.write(b":\n\n")
            time.sleep(_PAUSE_SECONDS)

    def _of_page(self, page: str, now: Now, seen: int) -> dict[str, Any]:
        """What a page shows: its errors, and whether it has changed, moved or gone."""
        preview, trees = self.server.preview, self.server.preview.trees()
        path = page.removeprefix("/").partition("/")[2]
        file = trees.file(page) if trees is not None else None
        # Any error may be the reason why a page is not there.
        source = preview.live.source_of(path) if file is not None else None
        moved = None
        if file is None and trees is not None:
            successors = map(trees.address_of, preview.live.successors(path))
            moved = next((quote(a) for a in successors if a and _alike(a, page)), None)
        return {
            "state": now.state,
            "stamp": _stamp(file),
            "moved": moved,
            "problems": now.problems_of(source, details=self._sees_details()),
            "written": now.written_since(seen) if seen >= 0 else [],
        }

    # -- answers ------------------------------------------------------------------------------

    def _send_text(self, status: HTTPStatus, text: str) -> None:
        self._send("text/plain; charset=utf-8", text.encode(), status)

    def _send(
        self, kind: str, data: bytes, status: HTTPStatus = HTTPStatus.OK, *, opened: bool = False
    ) -> None:
        cookie = "; ".join(["=".join(self._cookie), "Path=/", "HttpOnly", "SameSite=Strict"])
        self._begin(status, kind, len(data), {"Set-Cookie": cookie} if opened else {})
        if self.command != "HEAD":
            self.wfile.write(data)

    def _begin(
        self,
        status: HTTPStatus,
        kind: str,
        length: int | None,
        more: Mapping[str, str] | None = None,
    ) -> None:
        self.send_response(status)
        self.send_header(
            "Content-Type", "text/html; charset=utf-8" if kind == "text/html" else kind
        )
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.send_header("Referrer-Policy", "no-referrer")  # addresses contain the secret
        for name, value in (more or {}).items():
            self.send_header(name, value)
        if length is None:
            self.send_header("Connection", "close")
            self.close_connection = True
        else:
            self.send_header("Content-Length", str(length))
        self.end_headers()


def _alike(address: str, page: str) -> bool:
    """Whether two addresses have the same first part: a page for students leads to no other."""
    return address.split("/")[1] == page.split("/")[1]


def _stamp(file: Path | None) -> str | None:
    try:
        return stamp_of(file.stat()) if file is not None else None
    except OSError:
        return None


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
