"""Fixture: one browser for all tests of a run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from clm.browser import Browser
from clm.browser import running as running_browser
from clm.programs import find_browser

_SECONDS = 120.0


@pytest.fixture(scope="session")
def _running_browser() -> Iterator[Browser]:
    program = find_browser()
    if program is None:
        pytest.skip("no browser found")
    with pytest.MonkeyPatch.context() as patch:
        flags = [
            f"{flag}, EXCLUDE 127.0.0.1" if flag.startswith("--host-resolver-rules") else flag
            for flag in running_browser._FLAGS
        ]
        patch.setattr(running_browser, "_FLAGS", flags)
        running = Browser(program)
    with running:
        yield running


@pytest.fixture(scope="module")
def browser(_running_browser: Browser) -> Iterator[Browser]:
    """A browser that reaches servers of this machine by their number, and nothing else.

    What the tests of a module have opened and stored in it ends with them.
    """
    running = _running_browser
    running.allow(_SECONDS)
    yield running
    running.allow(_SECONDS)
    page = running.open_page()
    page.call("Storage.clearDataForOrigin", {"origin": "file://", "storageTypes": "all"})
    close_pages(running)


def close_pages(browser: Browser) -> None:
    """Close all pages but the one with which the browser has started."""
    targets = browser.call("Target.getTargets")["targetInfos"]
    for target in targets:
        if target["type"] == "page" and target.get("attached"):
            browser.call("Target.closeTarget", {"targetId": target["targetId"]})
