"""Decks that try to harm the machine, in containers of a real engine."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest
from clm_program import run_clm
from docker_engine import DockerEngine
from one_deck import DOCKER, deck, decks

pytestmark = pytest.mark.slow

CONNECT = "import socket\nsocket.create_connection({}, timeout=5)"


@pytest.fixture(scope="module")
def errors(
    built_notebook: None, started_engine: DockerEngine, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, str]:
    """The errors of decks by their names, from one build."""
    folder = tmp_path_factory.mktemp("hostile")
    secret = folder / "secret.txt"
    secret.write_text("private", encoding="utf-8")
    codes = {
        "home": f"open({str(secret)!r}).read()",
        "local": CONNECT.format(("127.0.0.1", 22)),
        "remote": CONNECT.format(("192.0.2.1", 53)),
        "endless": "while True:\n    print('x' * 10_000)",
        "program": "open('/opt/clm/own', 'w')",
    }
    spec = decks(folder, codes)
    result = run_clm("build", spec, "--untrusted", *DOCKER, **started_engine.environment)
    assert result.returncode == 1
    parts = re.split(r"slides_(\w+)\.py", result.stderr)
    found = dict.fromkeys(codes, "")
    for name, text in zip(parts[1::2], parts[2::2], strict=True):
        found[name] += text
    return found


def reason(folder: Path, code: str, **environ: str) -> str:
    """The errors of a build of a course with this code, which must fail."""
    result = run_clm("build", deck(folder, code), "--untrusted", *DOCKER, **environ)
    assert result.returncode == 1
    assert "topic_100_deck/slides_deck.py" in result.stderr
    return result.stderr


def test_fork_bomb_contained(docker: DockerEngine, tmp_path: Path):
    with docker.most_processes() as most:
        reason(tmp_path, "import os\nwhile True:\n    os.fork()", CLM_DOCKER_PROCESSES="80")
    assert 20 < most[0] <= 80
    assert docker.containers() == []
    assert docker.processes() == set()


def test_memory_limited(docker: DockerEngine, tmp_path: Path):
    code = "data = bytearray(10 * 2**30)\nfor i in range(0, len(data), 4096):\n    data[i] = 1"
    assert "killed by signal 9" in reason(tmp_path, code, CLM_DOCKER_MEMORY="500MB")


def test_untrusted_build_of_hostile_decks(errors: Mapping[str, str]):
    assert all(errors.values())


def test_home_folder_invisible(errors: Mapping[str, str]):
    assert re.search("No such file or directory|Permission denied", errors["home"])


def test_network_unreachable(errors: Mapping[str, str]):
    assert "Connection refused" in errors["local"]
    assert "Network is unreachable" in errors["remote"]


def test_endless_output_ended(errors: Mapping[str, str]):
    assert "the output of the deck exceeds" in errors["endless"]


def test_full_disk_spares_later_decks(docker: DockerEngine, tmp_path: Path):
    fill = "with {} as file:\n    while True:\n        file.write(bytes(2**20))"
    codes = {
        "full": fill.format("open('/tmp/big', 'wb')"),
        "private": "import tempfile\n"
        + fill.format("tempfile.NamedTemporaryFile(delete=False, buffering=0)"),
        "later": "open('/tmp/own', 'wb').write(bytes(60 * 2**20))",
    }
    result = run_clm(
        *("build", decks(tmp_path, codes), "--untrusted", *DOCKER, "--jobs", 1),
        CLM_DOCKER_TEMPORARY_SIZE="100MB",
    )
    assert result.stderr.count("No space left on device") >= 2
    assert "slides_later.py" not in result.stderr
    assert list(tmp_path.rglob("output/**/*Deck*.html"))


def test_program_files_unchangeable(errors: Mapping[str, str]):
    assert "Read-only file system" in errors["program"]
