"""A real browser, and a server that it must not reach."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest

from clm.browser import Browser, BrowserGoneError, BrowserRefusedError, BrowserTimeoutError, Message
from clm.programs import find_browser

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(find_browser() is None, reason="needs a browser"),
]


def new_browser() -> Browser:
    program = find_browser()
    assert program is not None
    return Browser(program)


@pytest.fixture(scope="module")
def shared() -> Iterator[Browser]:
    with new_browser() as browser:
        yield browser


@pytest.fixture
def browser(shared: Browser) -> Browser:
    shared.allow(60)
    return shared


@pytest.fixture
def page_file(tmp_path: Path) -> Path:
    file = tmp_path / "page.html"
    file.write_text("<title>Mine</title>", encoding="utf-8")
    return file


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    """The address of a server, and the paths of the requests that it receives."""
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"127.0.0.1:{running.server_address[1]}", paths
    running.shutdown()
    thread.join()
    running.server_close()


def process_tree(browser: Browser) -> list[psutil.Process]:
    process = psutil.Process(browser.pid)
    return [process, *process.children(recursive=True)]


def all_exited(processes: list[psutil.Process]) -> bool:
    _, alive = psutil.wait_procs(processes, timeout=10)
    return alive == []


def test_page_loads_completely(browser: Browser, page_file: Path) -> None:
    whole = page_file.with_name("whole.html")
    whole.write_text("<title>Whole</title><iframe src=page.html></iframe>", encoding="utf-8")
    page = browser.open_page()
    page.load(whole.as_uri())
    assert page.evaluate("[document.title, document.readyState]") == ["Whole", "complete"]
    assert page.evaluate("Promise.resolve(2)") == 2
    page.close()


def targets(browser: Browser) -> list[tuple[str, str]]:
    found = browser.call("Target.getTargets")["targetInfos"]
    return [(target["type"], target["url"]) for target in found]


def test_initial_page_is_used() -> None:
    with new_browser() as browser:
        pages = [browser.initial_page()]
        assert targets(browser) == [("page", "about:blank")]  # and none of the browser itself
        pages.append(browser.initial_page())
        assert len(targets(browser)) == 2

        assert [page.evaluate("1 + 1") for page in pages] == [2, 2]


def test_pages_load_side_by_side(browser: Browser, page_file: Path) -> None:
    first, second = browser.open_page(), browser.open_page()
    first.begin_loading(page_file.as_uri())

    second.load(page_file.as_uri())
    first.finish_loading()

    assert [page.evaluate("document.title") for page in (first, second)] == ["Mine", "Mine"]


def test_page_receives_only_own_events(browser: Browser, page_file: Path) -> None:
    events: list[Message] = []
    watched, other = browser.open_page(), browser.open_page()
    watched.listen(events.append)
    for page in (watched, other):
        page.call("Network.enable")
        page.load(page_file.as_uri())
    sent = [e for e in events if e["method"] == "Network.requestWillBeSent"]
    assert [event["params"]["request"]["url"] for event in sent] == [page_file.as_uri()]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_no_server_is_reached(
    browser: Browser, page_file: Path, server: tuple[str, list[str]], host: str
) -> None:
    address, paths = server
    address = address.replace("127.0.0.1", host)
    page = browser.open_page()
    with pytest.raises(BrowserRefusedError, match="cannot open"):
        page.load(f"http://{address}/page")
    page.load(page_file.as_uri())
    script = """
      const wait = (make) => new Promise((yes, no) => {
        const it = make();
        it.onload = it.onopen = yes;
        it.onerror = no;
      });
      Promise.allSettled([
        fetch("http://HOST/f", { mode: "no-cors" }),
        wait(() => Object.assign(new Image(), { src: "http://HOST/i" })),
        wait(() => new WebSocket("ws://HOST/w")),
      ]).then((all) => all.map((one) => one.status).join())
    """
    assert page.evaluate(script.replace("HOST", address)) == ",".join(["rejected"] * 3)
    assert paths == []


def test_script_error_leaves_page_usable(browser: Browser) -> None:
    page = browser.open_page()
    with pytest.raises(BrowserRefusedError, match="no such thing"):
        page.evaluate("throw new Error('no such thing')")
    assert page.evaluate("1") == 1


def test_endless_script_times_out() -> None:
    with new_browser() as browser:
        page = browser.open_page()
        browser.allow(0.5)
        with pytest.raises(BrowserTimeoutError):
            page.evaluate("for (;;);")
        browser.allow(60)
        assert browser.open_page().evaluate("1") == 1


def test_page_crash_reported_at_once(browser: Browser) -> None:
    page = browser.open_page()
    page.send("Page.navigate", {"url": "chrome://crash"})
    with pytest.raises(BrowserGoneError, match="crashed"):
        page.evaluate("new Promise(() => {})")


@pytest.mark.parametrize("method", ["close", "kill"])
def test_ended_browser_leaves_nothing(
    method: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    browser = new_browser()
    browser.open_page()
    processes = process_tree(browser)
    assert list(tmp_path.glob("clm-browser-*"))
    getattr(browser, method)()
    assert all_exited(processes)
    assert list(tmp_path.glob("clm-browser-*")) == []
    with pytest.raises(BrowserGoneError):
        browser.open_page()


@pytest.mark.skipif(os.name == "nt", reason="needs SIGSTOP")
def test_starts_with_long_temporary_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / ("long" * 20)
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    with new_browser() as browser:
        assert browser.open_page()
    assert list(folder.iterdir()) == []


def test_hung_browser_killed_with_children() -> None:
    browser = new_browser()
    processes = process_tree(browser)
    os.kill(browser.pid, signal.SIGSTOP)
    browser.allow(0.2)
    with pytest.raises(BrowserTimeoutError):
        browser.call("Browser.getVersion")
    browser.kill()
    assert all_exited(processes)


@pytest.mark.skipif(sys.platform != "linux", reason="a process of Chromium on Linux")
def test_killed_zygote_noticed() -> None:
    # It starts the browser's other processes; the browser waits for it for ever.
    with new_browser() as browser:
        for process in process_tree(browser):
            if "--type=zygote" in process.cmdline():
                process.terminate()
        browser.allow(60)
        with pytest.raises(BrowserGoneError, match=r"has ended|has crashed"):
            browser.open_page().call("Page.printToPDF")


_HOLDER = """
import sys
from clm.browser import Browser
from clm.programs import find_browser
browser = Browser(find_browser())
print(browser.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.faults
@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_browser_dies_with_parent(tmp_path: Path) -> None:
    environ = os.environ | {"TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", _HOLDER]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environ, stdin=pipe, stdout=pipe) as holder:
        assert holder.stdout is not None
        browser = psutil.Process(int(holder.stdout.readline()))
        processes = [browser, *browser.children(recursive=True)]
        holder.kill()
    assert all_exited(processes)
