"""A browser with two pages: one with draw.io's engine, one for finished pictures.

This module answers the requests of the pages or fails them; none reaches the network.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Mapping
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import Any

from clm.browser import Browser, BrowserError, BrowserGoneError, BrowserRefusedError, Message, Page
from clm_plugin_drawio.engine import Engine
from clm_plugin_drawio.errors import RendererError

ORIGIN = "https://drawio.invalid"
START_SECONDS = 60.0

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src 'self' data:; "
    "font-src data:; connect-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "webrtc 'block'"
)
_PNG_URL = "data:image/png;base64"
_PAGES = {"/engine": "engine.html", "/stage": "stage.html"}
_SCRIPTS = {"/before.js": "before.js", "/after.js": "after.js"}
_VIEWER = "viewer.js"
_ENGINE_SCRIPTS = (_VIEWER, "stencils.js")
_MATH_FOLDER = "math/"


def page_text(name: str) -> str:
    """The text of a file in the package's folder `pages`."""
    return (files("clm_plugin_drawio") / "pages" / name).read_text(encoding="utf-8")


class DrawingBrowser:
    """A running browser that draws; its members raise the errors of `clm.browser.Browser`."""

    def __init__(self, program: Path, engine: Engine) -> None:
        self._engine = engine
        self._pages: dict[str, Page] = {}
        self._prepared: dict[str, tuple[str, str]] = {}
        preparing = threading.Thread(target=self._prepare, daemon=True)
        preparing.start()
        self._browser = Browser(program, seconds=START_SECONDS)
        preparing.join()
        try:
            self.open_pages()
        except BrowserError as error:
            self.kill()
            raise BrowserGoneError(f"{program} did not start: {error.message}") from error

    @property
    def pid(self) -> int:
        return self._browser.pid

    def open_pages(self) -> None:
        """Open both pages, closing those that are already open."""
        self._browser.allow(START_SECONDS)
        # One after the other, since the browser may end without a page.
        for name in ("engine", "stage"):
            if name in self._pages:
                self._pages.pop(name).close()
            self._pages[name] = self._begin_page(name)
        for page in self._pages.values():
            page.finish_loading()

    def allow(self, seconds: float) -> None:
        """Set the time limit of the drawing that begins, in seconds."""
        self._browser.allow(seconds)

    def draw(self, request: Mapping[str, Any]) -> Message:
        """The engine page's result for a request (see `pages/after.js`)."""
        # JSON is valid JavaScript, since json.dumps escapes all line separators.
        drawn: Message = self._pages["engine"].evaluate(f"clmDraw({json.dumps(request)})")
        return drawn

    def png(self, svg: str, width: int, height: int, scale: float) -> bytes:
        """The PNG of a picture of this size in CSS pixels, with `scale` pixels per CSS pixel.

        Raises:
            BrowserRefusedError: the picture is larger than the browser supports.
        """
        # A screenshot would take twice the time, since processes copy it to each other.
        drawn: str = self._on_stage("paint.js", svg, width, height, scale)
        kind, _, data = drawn.partition(",")
        if kind != _PNG_URL:
            size = f"{width} x {height} pixels at scale {scale:g}"
            raise BrowserRefusedError(f"the browser cannot paint {size}")
        return base64.b64decode(data)

    def pdf(self, svg: str, width: int, height: int) -> bytes:
        """The PDF of a picture of this size in CSS pixels, on one page."""
        self._on_stage("show.js", svg, width, height)
        parameters = {
            "paperWidth": width / 96,
            "paperHeight": height / 96,
            **dict.fromkeys(("marginTop", "marginBottom", "marginLeft", "marginRight"), 0),
            "printBackground": True,
            "pageRanges": "1",
        }
        answer = self._pages["stage"].call("Page.printToPDF", parameters)
        return base64.b64decode(answer["data"])

    def evaluate(self, page: str, expression: str) -> Any:
        """The value of an expression in the page `engine` or `stage`."""
        return self._pages[page].evaluate(expression)

    def close(self) -> None:
        self._browser.close()

    def kill(self) -> None:
        self._browser.kill()

    def _begin_page(self, name: str) -> Page:
        page = self._browser.open_page() if self._pages else self._browser.initial_page()
        page.listen(lambda event: self._on_event(page, event))
        page.call("Fetch.enable", {"patterns": [{"urlPattern": "*"}]})
        clear = {"r": 0, "g": 0, "b": 0, "a": 0}
        page.call("Emulation.setDefaultBackgroundColorOverride", {"color": clear})
        page.begin_loading(f"{ORIGIN}/{name}")
        return page

    def _prepare(self) -> None:
        """Read the largest file that the first page needs, while the browser starts."""
        path = f"/{_VIEWER}"
        with suppress(RendererError):  # which is raised again when the page asks for the file
            if (answer := self._encoded(path)) is not None:
                self._prepared[path] = answer

    def _on_stage(self, script: str, svg: str, *numbers: float) -> Any:
        """The result of the function in a script of `pages` for a picture and these numbers."""
        url = "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
        arguments = ", ".join(map(json.dumps, (url, *numbers)))
        return self.evaluate("stage", f"({page_text(script).strip()})({arguments})")

    def _on_event(self, page: Page, event: Message) -> None:
        if event["method"] == "Fetch.requestPaused":
            self._answer(page, event["params"])

    def _answer(self, page: Page, paused: Message) -> None:
        url: str = paused["request"]["url"]
        answer: Message = {"requestId": paused["requestId"]}
        body = self._encoded(url.removeprefix(ORIGIN)) if url.startswith(f"{ORIGIN}/") else None
        if body is None:
            page.send("Fetch.failRequest", answer | {"errorReason": "BlockedByClient"})
            return
        content_type, data = body
        headers = {"Content-Type": content_type, "Content-Security-Policy": _POLICY}
        answer |= {
            "responseCode": 200,
            "responseHeaders": [{"name": n, "value": v} for n, v in headers.items()],
            "body": data,
        }
        page.send("Fetch.fulfillRequest", answer)

    def _encoded(self, path: str) -> tuple[str, str] | None:
        """The content type and the content, in Base64; None if pages may not have it."""
        if path in self._prepared:
            return self._prepared.pop(path)
        body = self._body(path)
        return (body[0], base64.b64encode(body[1]).decode()) if body else None

    def _body(self, path: str) -> tuple[str, bytes] | None:
        if path in _PAGES:
            return "text/html; charset=utf-8", page_text(_PAGES[path]).encode()
        if path in _SCRIPTS:
            return "text/javascript; charset=utf-8", page_text(_SCRIPTS[path]).encode()
        name = path[1:]
        is_script = name in _ENGINE_SCRIPTS or name.startswith(_MATH_FOLDER)
        if is_script and name in self._engine.names:
            return "text/javascript; charset=utf-8", self._engine.read(name)
        return None
