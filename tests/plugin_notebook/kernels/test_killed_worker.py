"""Cleanup after a worker is killed while a cell runs."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals"),
]

DECK = """\
# j2 from 'macros.j2' import header
# {{ header("Titel", "Title") }}

# %%
import pathlib, time
up, go = pathlib.Path("UP"), pathlib.Path("GO")
tries = up.write_text(up.read_text() + "x" if up.exists() else "x")
while tries == 1 and not go.exists():
    time.sleep(0.05)
print("done")
"""


def until(condition: Callable[[], object], description: str) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, description
        time.sleep(0.05)


def workers(build: subprocess.Popen[bytes]) -> list[psutil.Process]:
    children = psutil.Process(build.pid).children(recursive=True)
    return [p for p in children if "clm.workers.worker.process" in p.cmdline()]


def test_killed_worker_leaves_nothing(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "slides" / "module_1_a" / "topic_1_one"
    folder.mkdir(parents=True)
    up, temporary = tmp_path / "up", tmp_path / "temporary"
    temporary.mkdir()
    deck = DECK.replace("UP", str(up)).replace("GO", str(tmp_path / "go"))
    (folder / "slides_one.py").write_text(deck)
    spec = tmp_path / "course.yaml"
    spec.write_text("name: K\nlanguages: [en]\nsections: [{name: A, topics: [one]}]\n")
    command = [str(Path(sys.executable).with_name("clm")), "build", str(spec), "--jobs", "1"]
    environment = os.environ | {"TMPDIR": str(temporary)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE) as build:
        until(up.exists, "the cell")
        started = psutil.Process(build.pid).children(recursive=True)
        for worker in workers(build):
            worker.kill()
        _, stderr = build.communicate(timeout=120)

    assert build.returncode == 0, stderr.decode()
    assert len(list(tmp_path.glob("output/**/*Title.html"))) == 3
    until(lambda: not any(map(_is_running, started)), "the end of all processes")
    assert list(temporary.iterdir()) == []
    assert not list(tmp_path.glob(".clm/work/*"))


def _is_running(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
