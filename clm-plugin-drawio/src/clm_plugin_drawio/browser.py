"""A browser with two pages: draw.io's engine, and a stage for a finished picture.

Every request that a page makes is answered from here or fails; none goes to a network.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import Any

import psutil

from clm_plugin_drawio.engine import Engine
from clm_plugin_drawio.errors import BrowserGoneError, BrowserRefusedError, RendererError
from clm_plugin_drawio.pipe import Message, Pipe

ORIGIN = "https://drawio.invalid"
START_SECONDS = 60.0

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; img-src 'self' data:; "
    "font-src data:; connect-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "webrtc 'block'"
)
_FLAGS = (
    "--headless",
    "--remote-debugging-pipe",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-breakpad",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--mute-audio",
    "--metrics-recording-only",
    "--password-store=basic",
    "--use-mock-keychain",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
    "--lang=en-US",
)
_NO_SANDBOX = (
    "; it has no sandbox: this machine lets no user but root make user namespaces, as in some "
    "containers; the package chromium-sandbox has a sandbox that works without them"
)
_PREFIX = "clm-browser-"
_PNG_URL = "data:image/png;base64"
_PAGES = {"/engine": "engine.html", "/stage": "stage.html"}
_SCRIPTS = {"/before.js": "before.js", "/after.js": "after.js"}
_ENGINE_SCRIPTS = ("viewer.js", "stencils.js")
_MATH_FOLDER = "math/"


def page_text(name: str) -> str:
    """A file of the package's `pages`."""
    return (files("clm_plugin_drawio") / "pages" / name).read_text(encoding="utf-8")


class Browser:
    """A running browser. Every call has a deadline on the monotonic clock.

    Raises (all members):
        BrowserTimeoutError: it does not answer in time; kill it and start another.
        BrowserGoneError: it has ended.
    """

    def __init__(self, program: Path, engine: Engine) -> None:
        self._engine = engine
        _remove_leftovers()
        self._folder = tempfile.TemporaryDirectory(
            prefix=f"{_PREFIX}{os.getpid()}-", ignore_cleanup_errors=True
        )
        self._sessions: dict[str, tuple[str, str]] = {}
        self._loaded: set[str] = set()
        try:
            self._pipe = Pipe(self._command(program), self._log, self._on_event)
        except RendererError:
            self._folder.cleanup()
            raise
        try:
            self.open_pages()
        except RendererError as error:
            said = self._last_words()
            self.kill()
            raise BrowserGoneError(f"{program} does not start: {error}{said}") from error

    def open_pages(self) -> None:
        """Opens both pages anew; those open before are closed, with all that they hold."""
        deadline = time.monotonic() + START_SECONDS
        for target, _ in self._sessions.values():
            self._pipe.call("Target.closeTarget", {"targetId": target}, deadline=deadline)
        self._sessions = {page: self._open_page(page, deadline) for page in ("engine", "stage")}

    def draw(self, request: Mapping[str, Any], deadline: float) -> Message:
        """What the engine's page makes of a request (see `pages/after.js`)."""
        # JSON is JavaScript, also with the line separators that it escapes here.
        result = self._evaluate("engine", f"clmDraw({json.dumps(request)})", deadline)
        drawn: Message = result["value"]
        return drawn

    def png(self, svg: str, width: int, height: int, scale: float, deadline: float) -> bytes:
        """The PNG of a picture of this size, `scale` pixels to each of its own.

        Raises:
            BrowserRefusedError: the browser cannot hold a picture so large.
        """
        # Not a screenshot: that takes twice the time, in processes that hand each other copies.
        drawn = self._on_stage("paint.js", svg, width, height, scale, deadline=deadline)
        kind, _, data = drawn["value"].partition(",")
        if kind != _PNG_URL:
            raise BrowserRefusedError(f"no picture of {width} x {height} at scale {scale:g}")
        return base64.b64decode(data)

    def pdf(self, svg: str, width: int, height: int, deadline: float) -> bytes:
        """The PDF of a picture of this size, of one page."""
        self._on_stage("show.js", svg, width, height, deadline=deadline)
        parameters = {
            "paperWidth": width / 96,
            "paperHeight": height / 96,
            **dict.fromkeys(("marginTop", "marginBottom", "marginLeft", "marginRight"), 0),
            "printBackground": True,
            "pageRanges": "1",
        }
        answer = self._call("stage", "Page.printToPDF", parameters, deadline)
        return base64.b64decode(answer["data"])

    def close(self) -> None:
        self._pipe.close()
        self._folder.cleanup()

    def kill(self) -> None:
        self._pipe.kill()
        self._folder.cleanup()

    @property
    def pid(self) -> int:
        return self._pipe.pid

    @property
    def _log(self) -> Path:
        return Path(self._folder.name) / "messages.txt"

    def _last_words(self) -> str:
        with suppress(OSError):
            text = self._log.read_text(encoding="utf-8", errors="replace")
            if "No usable sandbox" in text:
                return _NO_SANDBOX
            lines = text.splitlines()
            return "".join(f"; {line}" for line in lines[-3:])
        return ""

    def _command(self, program: Path) -> list[str]:
        profile = f"--user-data-dir={Path(self._folder.name) / 'profile'}"
        # Chromium's sandbox does not work for root, which containers often are.
        as_root = hasattr(os, "geteuid") and os.geteuid() == 0
        return [str(program), *_FLAGS, *["--no-sandbox"] * as_root, profile, "about:blank"]

    def _open_page(self, page: str, deadline: float) -> tuple[str, str]:
        created = self._pipe.call("Target.createTarget", {"url": "about:blank"}, deadline=deadline)
        target: str = created["targetId"]
        attached = self._pipe.call(
            "Target.attachToTarget", {"targetId": target, "flatten": True}, deadline=deadline
        )
        session: str = attached["sessionId"]

        def call(method: str, **parameters: Any) -> None:
            self._pipe.call(method, parameters, session=session, deadline=deadline)

        call("Fetch.enable", patterns=[{"urlPattern": "*"}])
        call("Page.enable")
        clear = {"r": 0, "g": 0, "b": 0, "a": 0}
        call("Emulation.setDefaultBackgroundColorOverride", color=clear)
        call("Page.navigate", url=f"{ORIGIN}/{page}")
        self._pipe.wait_until(lambda: session in self._loaded, deadline)
        return target, session

    def _call(
        self, page: str, method: str, parameters: Mapping[str, Any], deadline: float
    ) -> Message:
        session = self._sessions[page][1]
        return self._pipe.call(method, parameters, session=session, deadline=deadline)

    def _on_stage(self, script: str, svg: str, *numbers: float, deadline: float) -> Message:
        """What the function in a script of `pages` makes of a picture and these numbers."""
        url = "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
        arguments = ", ".join(map(json.dumps, (url, *numbers)))
        return self._evaluate("stage", f"({page_text(script).strip()})({arguments})", deadline)

    def _evaluate(self, page: str, expression: str, deadline: float) -> Message:
        parameters = {"expression": expression, "awaitPromise": True, "returnByValue": True}
        answer = self._call(page, "Runtime.evaluate", parameters, deadline)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            said = details.get("exception", {}).get("description") or details.get("text")
            raise BrowserRefusedError(str(said))
        result: Message = answer["result"]
        return result

    def _on_event(self, event: Message) -> None:
        session = event.get("sessionId", "")
        if event["method"] == "Fetch.requestPaused":
            self._answer(session, event["params"])
        elif event["method"] == "Page.loadEventFired":
            self._loaded.add(session)
        elif event["method"] in ("Inspector.targetCrashed", "Target.targetCrashed"):
            raise BrowserGoneError("the browser's page has crashed")

    def _answer(self, session: str, paused: Message) -> None:
        url: str = paused["request"]["url"]
        answer: Message = {"requestId": paused["requestId"]}
        body = self._body(url.removeprefix(ORIGIN)) if url.startswith(f"{ORIGIN}/") else None
        if body is None:
            refusal = answer | {"errorReason": "BlockedByClient"}
            self._pipe.send("Fetch.failRequest", refusal, session=session)
            return
        content_type, data = body
        headers = {"Content-Type": content_type, "Content-Security-Policy": _POLICY}
        answer |= {
            "responseCode": 200,
            "responseHeaders": [{"name": n, "value": v} for n, v in headers.items()],
            "body": base64.b64encode(data).decode(),
        }
        self._pipe.send("Fetch.fulfillRequest", answer, session=session)

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


def _remove_leftovers() -> None:
    """Removes the folders of processes that were killed and could not do so themselves."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        process = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if process.isdecimal() and not psutil.pid_exists(int(process)):
            shutil.rmtree(folder, ignore_errors=True)
