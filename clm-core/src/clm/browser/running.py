"""A running browser and its pages."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from clm.browser.connection import Connection, Message
from clm.browser.errors import BrowserError, BrowserGoneError, BrowserRefusedError
from clm.browser.process import start
from clm.database.sqlite.processes import is_running

_FLAGS = (
    "--headless",
    "--remote-debugging-pipe",
    # Neither a host name nor an IP address resolves.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-extensions",
    # The suggestions below the field for addresses, which are pages of two more processes.
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup",
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
    # The same rendering on every machine.
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
    "--lang=en-US",
)
_SANDBOX_FAULTS = (
    "No usable sandbox",
    "Failed to move to new namespace",
    "SUID sandbox helper binary was found, but is not configured",
)
_NOISE = re.compile(r"crashpad|^\s*#\d+ |^Received signal|^\[end of stack|^Trace/breakpoint trap")
_NO_SANDBOX = (
    "; it has no usable sandbox: this account may not create user namespaces, as in some "
    "containers; allow them, or install the package chromium-sandbox, whose sandbox does not need "
    "them but works only where programs may gain rights (without `no-new-privileges`)"
)
_PREFIX = "clm-browser-"
# A browser creates sockets in the temporary folder; on some systems their paths are limited to
# 104 bytes.
_LONGEST_TEMPORARY = 55
_SHORT_TEMPORARY = ("/tmp", "/var/tmp")
_START_SECONDS = 60.0
_GRACE_SECONDS = 5.0
_CRASHES = ("Inspector.targetCrashed", "Target.targetCrashed")


class Browser:
    """A running browser, to be used for many pages; a context manager. Not thread-safe.

    `seconds` is the time limit for its start; `allow` sets later ones. Its profile is new, in the
    folder for temporary files, and is removed when the browser ends.

    Raises (all members but `close` and `kill`):
        BrowserTimeoutError: it does not answer within the seconds last allowed.
        BrowserGoneError: it or one of its pages has ended; from the constructor: it did not start.
        BrowserRefusedError: it answers with an error.
    """

    def __init__(self, program: Path, *, seconds: float = _START_SECONDS) -> None:
        _remove_leftovers()
        self._pages: dict[str, Page] = {}
        self._folder = tempfile.TemporaryDirectory(
            prefix=f"{_PREFIX}{os.getpid()}-", ignore_cleanup_errors=True
        )
        folder = Path(self._folder.name)
        log = folder / "messages.txt"
        try:
            self._process = start(_command(program, folder / "profile"), log, _environment())
        except BrowserGoneError:
            self._folder.cleanup()
            raise
        self._connection = Connection(
            self._process.commands,
            self._process.answers,
            self._on_event,
            dead_processes=self._process.dead_processes,
        )
        self.allow(seconds)
        try:
            self.call("Browser.getVersion")
        except BrowserError as error:
            message = f"{program} did not start: {error}{_stderr_tail(log)}"
            self.kill()
            raise BrowserGoneError(message) from error

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """The process id of its main process."""
        return self._process.popen.pid

    def allow(self, seconds: float) -> None:
        """Begin a task: set the deadline for all further answers to `seconds` from now."""
        self._connection.allow(seconds)

    def call(self, method: str, parameters: Mapping[str, Any] | None = None) -> Message:
        """Send a command to the browser itself and return its result."""
        return self._connection.call(method, parameters)

    def open_page(self) -> Page:
        """Open a new, empty page."""
        return self.attach(self.call("Target.createTarget", {"url": "about:blank"})["targetId"])

    def initial_page(self) -> Page:
        """The empty page that the browser has opened at its start, at the first call.

        Its process runs already, so that it takes less time than a new page. The browser may end
        if its last page is closed.
        """
        found = self.call("Target.getTargets")["targetInfos"]
        free = (target for target in found if target["type"] == "page" and not target["attached"])
        target = next(free, None)
        return self.attach(target["targetId"]) if target else self.open_page()

    def attach(self, target: str) -> Page:
        """Attach to an existing page, such as a window that another page has opened."""
        attached = self.call("Target.attachToTarget", {"targetId": target, "flatten": True})
        session: str = attached["sessionId"]
        page = Page(self._connection, target, session)
        self._pages[session] = page
        page.call("Page.enable")
        return page

    def close(self) -> None:
        """End the browser, by force if it does not exit in 5 seconds, and remove its profile."""
        self._process.close(_GRACE_SECONDS)
        self._folder.cleanup()

    def kill(self) -> None:
        """Kill the browser at once, for example if it does not answer, and remove its profile."""
        self._process.kill()
        self._folder.cleanup()

    def _on_event(self, event: Message) -> None:
        if event["method"] in _CRASHES:
            raise BrowserGoneError("the browser's page has crashed")
        if event["method"] == "Target.detachedFromTarget":
            self._pages.pop(event["params"]["sessionId"], None)
        elif page := self._pages.get(event.get("sessionId", "")):
            page.take(event)


class Page:
    """A page from `Browser.open_page`; its members raise the same errors as the browser's."""

    def __init__(self, connection: Connection, target: str, session: str) -> None:
        self._connection = connection
        self._target = target
        self._session = session
        self._on_event: Callable[[Message], None] | None = None
        self._is_loaded = False

    def call(self, method: str, parameters: Mapping[str, Any] | None = None) -> Message:
        """Send a command to the page and return its result."""
        return self._connection.call(method, parameters, session=self._session)

    def send(self, method: str, parameters: Mapping[str, Any] | None = None) -> None:
        """Send a command without waiting for its answer, for example in a listener."""
        self._connection.send(method, parameters, session=self._session)

    def listen(self, on_event: Callable[[Message], None]) -> None:
        """Call `on_event` with each further event that arrives while another member waits."""
        self._on_event = on_event

    def load(self, url: str) -> None:
        """Open a URL and wait until the page and its resources have loaded or failed."""
        self.begin_loading(url)
        self.finish_loading()

    def begin_loading(self, url: str) -> None:
        """Open a URL; other pages may be used before `finish_loading` is called."""
        self._is_loaded = False
        answer = self.call("Page.navigate", {"url": url})
        if "errorText" in answer:
            raise BrowserRefusedError(f"the browser cannot open {url}: {answer['errorText']}")

    def finish_loading(self) -> None:
        """Wait until the page and its resources have loaded or failed."""
        self._connection.wait_until(lambda: self._is_loaded)

    def evaluate(self, expression: str) -> Any:
        """The value of an expression in the page; of a promise, the value that it resolves to."""
        parameters = {"expression": expression, "awaitPromise": True, "returnByValue": True}
        answer = self.call("Runtime.evaluate", parameters)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            reason = details.get("exception", {}).get("description") or details.get("text")
            raise BrowserRefusedError(f"a script of the page failed: {reason}")
        return answer["result"].get("value")

    def close(self) -> None:
        """Close the page and release its resources."""
        self._connection.call("Target.closeTarget", {"targetId": self._target})

    def take(self, event: Message) -> None:
        """Handle an event of this page."""
        if event["method"] == "Page.loadEventFired":
            self._is_loaded = True
        if self._on_event is not None:
            self._on_event(event)


def _environment() -> Mapping[str, str] | None:
    """An environment with a shorter temporary folder if the path is too long, else None."""
    if os.name == "nt" or len(os.fsencode(tempfile.gettempdir())) <= _LONGEST_TEMPORARY:
        return None
    short = next((folder for folder in _SHORT_TEMPORARY if os.access(folder, os.W_OK)), None)
    return os.environ | {"TMPDIR": short} if short else None


def _command(program: Path, profile: Path) -> list[str]:
    # Chromium's sandbox does not work for root, the user in many containers.
    as_root = hasattr(os, "geteuid") and os.geteuid() == 0
    sandbox = ["--no-sandbox"] * as_root
    return [str(program), *_FLAGS, *sandbox, f"--user-data-dir={profile}", "about:blank"]


def _stderr_tail(log: Path) -> str:
    with suppress(OSError):
        text = log.read_text(encoding="utf-8", errors="replace")
        if any(words in text for words in _SANDBOX_FAULTS):
            return _NO_SANDBOX
        # The handler of crashes and the stack tell nothing about the reason.
        lines = [line for line in text.splitlines() if line.strip() and not _NOISE.search(line)]
        return "".join(f"; {line}" for line in lines[-3:])
    return ""


def _remove_leftovers() -> None:
    """Remove the folders of processes that were killed before they could remove them."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*-*"):
        process = folder.name.removeprefix(_PREFIX).partition("-")[0]
        if process.isdecimal() and not is_running(int(process)):
            shutil.rmtree(folder, ignore_errors=True)
