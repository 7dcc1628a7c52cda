"""Observation of converters: only what they do themselves, and only outside their folders."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from clm.testing.conduct import Conduct, ended_processes


@pytest.fixture
def conduct(tmp_path: Path) -> Conduct:
    (tmp_path / "job").mkdir()
    return Conduct([tmp_path / "job"])


def test_writes_in_own_folder_allowed(conduct: Conduct, tmp_path: Path) -> None:
    with conduct.watched():
        (tmp_path / "job" / "a").write_text("x")
        (tmp_path / "job" / "b").mkdir()
        shutil.rmtree(tmp_path / "job" / "b")
    assert conduct.written == []


def test_reading_anywhere_allowed(conduct: Conduct) -> None:
    with conduct.watched():
        Path(__file__).read_text(encoding="utf-8")
    assert conduct.written == []


def test_every_way_of_writing_seen(conduct: Conduct, tmp_path: Path) -> None:
    other = tmp_path / "other"
    with conduct.watched():
        other.mkdir()
        (other / "a").write_text("x")
        os.close(os.open(other / "b", os.O_CREAT | os.O_WRONLY))
        (other / "b").rename(other / "c")
        (other / "c").unlink()
    assert {Path(path).name for path in conduct.written} == {"other", "a", "b", "c"}


def test_link_leads_to_real_place(conduct: Conduct, tmp_path: Path) -> None:
    (tmp_path / "job" / "link").symlink_to(tmp_path)
    with conduct.watched():
        (tmp_path / "job" / "link" / "a").write_text("x")
    assert conduct.written == [str(tmp_path / "a")]


def test_nothing_seen_afterwards(conduct: Conduct, tmp_path: Path) -> None:
    with conduct.watched():
        pass
    (tmp_path / "later").write_text("x")
    assert conduct.written == []


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_own_machine_is_no_network(conduct: Conduct, host: str) -> None:
    with conduct.watched(), socket.socket(type=socket.SOCK_DGRAM) as made:
        made.connect((host, 9))
    assert conduct.connected == []


def test_changed_process_named(
    conduct: Conduct, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with conduct.watched():
        monkeypatch.setenv("CONDUCT_TEST", "1")
        monkeypatch.chdir(tmp_path)
    assert "the variable CONDUCT_TEST" in conduct.changed
    assert "the current folder" in conduct.changed


def test_leaked_process_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clm.testing.conduct._END_SECONDS", 0.2)
    before = psutil.Process().children(recursive=True)
    leaked = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    assert any("time.sleep(600)" in command for command in ended_processes(before))
    leaked.wait(10)
    assert not psutil.pid_exists(leaked.pid)
    assert ended_processes(before) == []
