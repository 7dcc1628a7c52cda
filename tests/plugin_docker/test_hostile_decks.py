"""Decks that try to harm the machine, in containers of a real engine."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest
from clm_program import run_clm
from docker_engine import DockerEngine
from one_deck import DOCKER, deck

pytestmark = pytest.mark.slow


def reason(folder: Path, code: str) -> str:
    """The errors of a build of a course with this code, which must fail."""
    result = run_clm("build", deck(folder, code), *DOCKER)
    assert result.returncode == 1
    assert "topic_100_deck/slides_deck.py" in result.stderr
    return result.stderr


def test_fork_bomb_contained(images: DockerEngine, tmp_path: Path):
    before = len(psutil.pids())
    reason(tmp_path, "import os\nwhile True:\n    os.fork()")
    assert images.containers() == []
    assert len(psutil.pids()) < before + 100


def test_memory_limited(images: DockerEngine, tmp_path: Path):
    code = "data = bytearray(10 * 2**30)\nfor i in range(0, len(data), 4096):\n    data[i] = 1"
    assert "killed by signal 9" in reason(tmp_path, code)


def test_home_folder_invisible(images: DockerEngine, tmp_path: Path):
    secret = tmp_path / "secret.txt"
    secret.write_text("private", encoding="utf-8")
    found = reason(tmp_path, f"open({str(secret)!r}).read()")
    assert "No such file or directory" in found or "Permission denied" in found


def test_network_unreachable(images: DockerEngine, tmp_path: Path):
    code = "import socket\nsocket.create_connection(('127.0.0.1', 22), timeout=5)"
    assert "Connection refused" in reason(tmp_path / "local", code)
    code = "import socket\nsocket.create_connection(('192.0.2.1', 53), timeout=5)"
    assert "Network is unreachable" in reason(tmp_path / "remote", code)


def test_endless_output_ended(images: DockerEngine, tmp_path: Path):
    found = reason(tmp_path, "while True:\n    print('x' * 10_000)")
    assert "the output of the deck exceeds" in found


def test_full_disk_contained(images: DockerEngine, tmp_path: Path):
    code = "with open('/tmp/big', 'wb') as file:\n    while True:\n        file.write(bytes(2**20))"
    assert "No space left on device" in reason(tmp_path, code)


def test_program_files_unchangeable(images: DockerEngine, tmp_path: Path):
    assert "Read-only file system" in reason(tmp_path, "open('/opt/clm/own', 'w')")
