"""The start of a browser: failures, timeouts, the sandbox."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from clm.browser import Browser, BrowserGoneError

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs executable scripts")


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for profiles."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], Path]:
    def program(script: str) -> Path:
        file = tmp_path / "browser"
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)
        return file

    return program


def test_start_failure_shows_stderr(program: Callable[[str], Path], temporary: Path) -> None:
    with pytest.raises(BrowserGoneError, match=r"did not start.*this is no screen"):
        Browser(program("echo 'this is no screen' >&2; exit 1"))
    assert list(temporary.iterdir()) == []


def test_lines_of_crash_omitted(program: Callable[[str], Path]) -> None:
    lines = (
        "no such display",
        "chrome_crashpad_handler: --database is required",
        "Received signal 6",
        "#0 0x5604 base::debug::CollectStackTrace()",
        "[end of stack trace]",
    )
    said = "; ".join(f"echo '{line}' >&2" for line in lines)
    with pytest.raises(BrowserGoneError, match=r"; no such display$"):
        Browser(program(f"{said}; exit 1"))


@pytest.mark.parametrize(
    "output",
    [
        "zygote.cc:130] No usable sandbox! If this is a Debian",
        "zygote.cc:90] Failed to move to new namespace: errno = Operation not permitted",
        "zygote.cc:99] The SUID sandbox helper binary was found, but is not configured correctly",
    ],
)
def test_missing_sandbox_explained(program: Callable[[str], Path], output: str) -> None:
    with pytest.raises(BrowserGoneError, match=r"no usable sandbox.*chromium-sandbox") as caught:
        Browser(program(f"echo '{output}' >&2; exit 1"))
    assert "zygote" not in str(caught.value)


@pytest.mark.parametrize("user, has_sandbox", [(0, False), (1000, True)])
def test_only_root_disables_sandbox(
    program: Callable[[str], Path],
    monkeypatch: pytest.MonkeyPatch,
    user: int,
    has_sandbox: bool,
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    with pytest.raises(BrowserGoneError) as caught:
        Browser(program('echo "$@" >&2; exit 1'))
    assert ("--no-sandbox" not in str(caught.value)) == has_sandbox


def test_unresponsive_browser_killed_with_children(
    program: Callable[[str], Path], tmp_path: Path, temporary: Path
) -> None:
    ids = tmp_path / "ids"
    script = f"trap '' TERM HUP; sleep 600 & echo $$ $! >'{ids}'; wait"
    with pytest.raises(BrowserGoneError, match="did not answer in time"):
        Browser(program(script), seconds=2.0)
    started = [int(one) for one in ids.read_text().split() if psutil.pid_exists(int(one))]
    _, alive = psutil.wait_procs(map(psutil.Process, started), timeout=10)
    assert alive == []
    assert list(temporary.iterdir()) == []


def test_orphan_profile_removed_on_start(program: Callable[[str], Path], temporary: Path) -> None:
    gone = os.posix_spawn("/bin/true", ["true"], {})
    os.waitpid(gone, 0)
    for number in (gone, 10**30):  # the second is none
        (temporary / f"clm-browser-{number}-x" / "profile").mkdir(parents=True)
    mine = temporary / f"clm-browser-{os.getpid()}-x"
    mine.mkdir()
    with pytest.raises(BrowserGoneError):
        Browser(program("exit 1"))
    assert list(temporary.iterdir()) == [mine]
