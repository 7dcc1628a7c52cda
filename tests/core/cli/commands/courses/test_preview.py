"""`clm preview`: what it prints, under which names it answers, and when it opens a browser."""

from __future__ import annotations

import json
import socket
import sys
import webbrowser
from collections.abc import Callable
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from clm.cli.commands.courses import preview
from clm.cli.main import main

SPEC = "name: {en: A Course}\nsections: [{name: Week, topics: []}]\n"
Run = Callable[..., int]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    addresses: list[str] = []
    monkeypatch.setattr(webbrowser, "open", addresses.append)
    for name in (*preview._NO_BROWSER, *preview._DISPLAYS):
        monkeypatch.delenv(name, raising=False)
    return addresses


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opened: list[str]) -> Run:
    """Runs the command with a watch that calls a function and is interrupted."""
    (tmp_path / "slides").mkdir()
    (tmp_path / "course.yaml").write_text(SPEC)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def command(*options: str, meanwhile: Callable[[int], None] = lambda port: None) -> int:
        def watch(*_: object) -> None:
            meanwhile(port)
            raise KeyboardInterrupt

        monkeypatch.setattr(preview, "watch_course", watch)
        return main(["preview", str(tmp_path / "course.yaml"), "--port", str(port), *options])

    return command


def status(port: int, host: str) -> int:
    try:
        # The name, since on some systems it stands for ::1 first.
        with urlopen(Request(f"http://localhost:{port}/", headers={"Host": host})) as answer:
            return int(answer.status)
    except HTTPError as error:
        error.close()
        return error.code


def test_addresses_printed(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    first, second, last = capsys.readouterr().out.splitlines()
    address = first.removeprefix("preview: ")
    assert address.startswith("http://127.0.0.1:")
    assert second.removeprefix("with the pages for teachers: ").startswith(address)
    assert last == "preview stopped"


def test_event_has_addresses(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--json") == 0
    event = json.loads(capsys.readouterr().out)
    assert event["event"] == "preview" and event["private"].startswith(event["address"])


def test_dashboard_before_first_build(run: Run) -> None:
    seen = []

    def look(port: int) -> None:
        with urlopen(f"http://127.0.0.1:{port}/") as answer:
            seen.append(answer.read().decode())

    run(meanwhile=look)
    assert "<h1>A Course</h1>" in seen[0]


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ((), {"localhost:9": 200, "10.0.0.5:8765": 403, "x.example": 403}),
        (("--allow-host", "X.example"), {"x.example:443": 200, "10.0.0.5": 403, "y.example": 403}),
        (("--host", "0.0.0.0"), {"10.0.0.5:8765": 200, "localhost": 200, "x.example": 403}),
        (("--host", "localhost"), {"localhost": 200, "0.0.0.0": 403}),
    ],
)
def test_names_that_are_answered(run: Run, options: tuple[str, ...], names: dict[str, int]) -> None:
    found: dict[str, int] = {}
    run(*options, meanwhile=lambda port: found.update({n: status(port, n) for n in names}))
    assert found == names


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_open_network_is_warned_of(host: str) -> None:
    assert not preview._is_loopback(host)
    assert "others in the network" in preview._warning(host, 8765).message
    assert preview._address(host, 8765) == "http://localhost:8765/"


def test_warning_printed(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run("--host", "0.0.0.0")
    assert "warning: others in the network can open the preview" in capsys.readouterr().err


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost", "LOCALHOST"])
def test_loopback_needs_no_warning(host: str) -> None:
    assert preview._is_loopback(host)


def test_address_of_ipv6() -> None:
    assert preview._address("::1", 80) == "http://[::1]:80/"


@pytest.mark.parametrize(("option", "number"), [("--open", 1), ("--no-open", 0)])
def test_option_decides_on_browser(run: Run, opened: list[str], option: str, number: int) -> None:
    run(option)
    assert len(opened) == number


@pytest.mark.parametrize(
    ("name", "opens"),
    [("DISPLAY", True), ("SSH_CONNECTION", False), ("CODESPACES", False), ("CI", False),
     ("REMOTE_CONTAINERS", False)],
)  # fmt: skip
def test_no_browser_far_from_reader(
    opened: list[str], monkeypatch: pytest.MonkeyPatch, name: str, opens: bool
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv(name, "1")
    assert preview._can_open() is opens


def test_no_browser_without_display(opened: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert not preview._can_open()
