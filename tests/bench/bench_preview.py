"""Latency of `clm preview` in a real browser: from a save to what the reader sees, and memory.

    python bench_preview.py [--decks 50] [--saves 10] [--pages 20] [--memory-saves 0]
                            [--folder FOLDER] [--profile FILE]

The course is that of `bench_large_course.py`, built first unless `FOLDER` has it from an earlier
run; after that a course of its own is previewed cold. `--memory-saves 500` prints the memory of
the preview after each tenth of so many saves. With `--profile` the preview runs under cProfile.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

import psutil
from attrs import define
from bench_large_course import built_course, parser_of, write_course
from bench_watch import _CLM, _PROFILED, save

from clm.browser import Browser, BrowserRefusedError, Page
from clm.browser import running as running_browser
from clm.programs import find_browser

_PAGE = "public/En/Many/Slides/Html/Completed/Week {week}/{place:02} Deck {number}.html"
_SECONDS = 600.0


@define
class Previewed:
    """A running `clm preview`; its events are read in a thread."""

    process: subprocess.Popen[str]
    address: str
    began: float
    summaries: threading.Semaphore

    def url(self, number: int) -> str:
        path = _PAGE.format(week=number // 50 + 1, place=number % 50 + 1, number=number)
        return f"{self.address}course/{quote(path)}"

    def wait_for_build(self) -> None:
        if not self.summaries.acquire(timeout=_SECONDS):
            raise RuntimeError("no build ended")


@contextmanager
def previewed(spec: Path, profile: Path | None = None) -> Iterator[Previewed]:
    command = [sys.executable, "-c", _PROFILED, str(profile)] if profile else _CLM
    began = time.monotonic()
    process = subprocess.Popen(
        [*command, "preview", str(spec), "--json", "--no-open", "--port", "8799"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    first = json.loads(process.stdout.readline())
    running = Previewed(process, first["address"], began, threading.Semaphore(0))
    threading.Thread(target=_read, args=(running,), daemon=True).start()
    try:
        yield running
    finally:
        process.send_signal(2)
        process.wait(60)


def _read(running: Previewed) -> None:
    assert running.process.stdout is not None
    for line in running.process.stdout:
        if json.loads(line)["event"] in ("summary", "superseded"):
            running.summaries.release()


def evaluated(page: Page, expression: str) -> Any:
    try:
        return page.evaluate(expression)
    except BrowserRefusedError:
        return None  # the page is being loaded anew


def wait_until(page: Page, expression: str) -> None:
    deadline = time.monotonic() + _SECONDS
    while not evaluated(page, expression):
        if time.monotonic() > deadline:
            raise RuntimeError(f"never true: {expression}")
        time.sleep(0.003)


def has_text(text: str) -> str:
    return f"Boolean(document.body?.textContent.includes({json.dumps(text)}))"


def shown(name: str, seconds: list[float]) -> None:
    median, worst = statistics.median(seconds), max(seconds)
    print(name, json.dumps({"median": round(median, 3), "worst": round(worst, 3)}), flush=True)


def mark(deck: Path, number: int) -> str:
    """Save a deck with a new text, which is returned."""
    text = f"saved {number} {time.time_ns()}"
    with deck.open("a", encoding="utf-8") as file:
        file.write(f"\n# %% [markdown]\n# {text}\n")
    return text


def measure_saves(browser: Browser, running: Previewed, decks: list[Path], saves: int) -> None:
    to_job, to_page = [], []
    for number in range(saves):
        index = number * 7 % len(decks)
        page = browser.open_page()
        page.load(running.url(index))
        wait_until(page, "document.readyState === 'complete'")
        server = psutil.Process(running.process.pid)
        before, started = server.cpu_times(), time.monotonic()
        text = mark(decks[index], number)
        wait_until(page, has_text(text))
        to_page.append(time.monotonic() - started)
        running.wait_for_build()
        after = server.cpu_times()
        to_job.append(after.user + after.system - before.user - before.system)
        page.close()
    shown("save to shown", to_page)
    shown("CPU of the preview a save", to_job)


def measure_pages(browser: Browser, running: Previewed, deck: Path, count: int) -> None:
    """Many open windows of one deck, each in a browser context with connections of its own."""
    pages = []
    for _ in range(count):
        context = browser.call("Target.createBrowserContext")["browserContextId"]
        where = {"url": "about:blank", "browserContextId": context, "newWindow": True}
        page = browser.attach(browser.call("Target.createTarget", where)["targetId"])
        page.load(running.url(0))
        pages.append(page)
    connections = [
        c
        for c in psutil.Process(running.process.pid).net_connections("tcp")
        if c.status == psutil.CONN_ESTABLISHED
    ]
    started = time.monotonic()
    text = mark(deck, 0)
    for page in pages:
        wait_until(page, has_text(text))
    took = round(time.monotonic() - started, 3)
    print("open pages", json.dumps({"pages": count, "connections": len(connections), "all": took}))
    running.wait_for_build()
    for page in pages:
        page.close()


def measure_memory(running: Previewed, decks: list[Path], saves: int) -> None:
    process = psutil.Process(running.process.pid)
    for number in range(saves):
        save(decks[number * 7 % len(decks)], number)
        running.wait_for_build()
        if number % max(1, saves // 10) == 0:
            facts = {
                "saves": number,
                "MB": round(process.memory_info().rss / 1e6, 1),
                "threads": process.num_threads(),
                "files": process.num_fds() if hasattr(process, "num_fds") else 0,
            }
            print("memory", json.dumps(facts), flush=True)


def measure_cold(browser: Browser, decks: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        spec = write_course(Path(folder) / "course", decks)
        with previewed(spec) as running:
            print("cold: listens after", round(time.monotonic() - running.began, 3))
            while True:
                with urlopen(running.address) as answer:
                    if b"Html/Completed" in answer.read():
                        break
                time.sleep(0.01)
            print("cold: first deck listed after", round(time.monotonic() - running.began, 3))
            running.wait_for_build()
            print("cold: all decks after", round(time.monotonic() - running.began, 3))


def measure_built(browser: Browser, spec: Path, arguments: argparse.Namespace) -> None:
    decks = sorted(spec.parent.glob("slides/*/*/slides_*.py"))
    page = browser.open_page()
    with previewed(spec, arguments.profile) as running:
        page.load(running.address)
        print("built: dashboard after", round(time.monotonic() - running.began, 3))
        wait_until(page, "document.querySelectorAll('#trees a').length > 0")
        print("built: pages listed after", round(time.monotonic() - running.began, 3))
        page.load(running.url(0))
        print("built: first page after", round(time.monotonic() - running.began, 3))
        page.close()
        running.wait_for_build()
        save(decks[-1], 0)  # starts a worker
        running.wait_for_build()
        measure_saves(browser, running, decks, arguments.saves)
        measure_pages(browser, running, decks[0], arguments.pages)
        measure_memory(running, decks, arguments.memory_saves)


def main() -> None:
    parser = parser_of(decks=50)
    parser.add_argument("--saves", type=int, default=10)
    parser.add_argument("--pages", type=int, default=20)
    parser.add_argument("--memory-saves", type=int, default=0)
    arguments = parser.parse_args()
    program = find_browser()
    if program is None:
        raise SystemExit("no browser was found")
    # Pages of courses have no network; here, they need the server.
    options = [f"{o}, EXCLUDE 127.0.0.1" if "resolver" in o else o for o in running_browser._FLAGS]
    running_browser._FLAGS = tuple(options)
    with built_course(arguments.folder, arguments.decks) as spec, Browser(program) as browser:
        browser.allow(3600)
        measure_built(browser, spec, arguments)
        measure_cold(browser, min(arguments.decks, 50))


if __name__ == "__main__":
    main()
