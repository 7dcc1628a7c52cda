"""Tools of workers elsewhere: asked for once a session, remembered by identity."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve, frozen
from pipe_engines import ENGINE

from clm.errors import ClmError
from clm.jobs.tools import Tools
from clm.plugins import PluginRegistry
from clm.testing.installing import load_only, put_on_path, write_metadata
from clm.workers.pipe.client import EngineLostError
from clm.workers.pipe.streams import CommandStream, Stream
from clm.workers.pool.executors import ChosenExecutors
from clm.workers.pool.remembered_tools import RememberedTools
from clm.workers.pool.stream_executor import StreamWorkerExecutor

TOOLS = Tools("echo: 1", {"fonts": "f"}, 2)


class Elsewhere(StreamWorkerExecutor):
    """Engines by a command, as those in images with an identity; the first `lost` ones end."""

    name = "elsewhere"

    def __init__(self, folder: Path, image: str = "") -> None:
        super().__init__(folder / "logs")
        self.image = image
        self.begun: list[str] = []
        self.open: set[str] = set()
        self.lost = 0

    def identity(self, job_type: str) -> str:
        return self.image

    def stream(self, job_type: str, worker_id: str) -> Stream:
        self.begun.append(worker_id)
        self.open.add(worker_id)
        return CommandStream(("false",) if len(self.begun) <= self.lost else ENGINE)

    def ended(self, worker_id: str) -> None:
        self.open.remove(worker_id)


@pytest.fixture
def echo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PluginRegistry:
    site = tmp_path / "site"
    write_metadata(site, "clm-echo", "1", {"echo": "clm.testing.echo_plugin"})
    put_on_path(monkeypatch, site)
    load_only(monkeypatch, ["echo"])
    return PluginRegistry.load()


@pytest.mark.integration
def test_workers_asked_once_a_session(echo: PluginRegistry, tmp_path: Path) -> None:
    executor = Elsewhere(tmp_path)
    first = executor.tools("echo", ["fonts"])
    assert executor.tools("echo", ["fonts"]) is first
    assert first is not None
    assert first.environment == {"fonts": "usual"}
    assert (len(executor.begun), executor.open) == (1, set())


@pytest.mark.integration
def test_other_worker_asked_after_loss(echo: PluginRegistry, tmp_path: Path) -> None:
    executor = Elsewhere(tmp_path)
    executor.lost = 2
    tools = executor.tools("echo", ["fonts"])
    assert tools is not None
    assert tools.environment == {"fonts": "usual"}
    assert (len(executor.begun), executor.open) == (3, set())


@pytest.mark.integration
def test_lost_workers_asked_thrice(echo: PluginRegistry, tmp_path: Path) -> None:
    executor = Elsewhere(tmp_path)
    executor.lost = 9
    with pytest.raises(EngineLostError, match="exit code 1"):
        executor.tools("echo", ["fonts"])
    assert (len(executor.begun), executor.open) == (3, set())


@pytest.mark.integration
def test_image_asked_once_for_all_builds(
    echo: PluginRegistry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Elsewhere(tmp_path, "sha256:1").tools("echo", ["fonts"])
    monkeypatch.setenv("ECHO_FONTS", "others")
    same = Elsewhere(tmp_path, "sha256:1")
    assert same.tools("echo", ["fonts"]) == first
    assert same.begun == []
    other = Elsewhere(tmp_path, "sha256:2").tools("echo", ["fonts"])
    assert other is not None
    assert other.environment == {"fonts": "others"}


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1}', '{"a": {"fingerprint": "x"}}'])
def test_damaged_memory_forgets(tmp_path: Path, text: str) -> None:
    remembered = RememberedTools(tmp_path / "tools.json")
    remembered.file.write_text(text)
    assert remembered.get("a") is None
    remembered.keep("a", TOOLS)
    assert remembered.get("a") == TOOLS


def test_nothing_remembered_without_key(tmp_path: Path) -> None:
    remembered = RememberedTools(tmp_path / "tools.json")
    remembered.keep("", TOOLS)
    assert not remembered.file.exists()
    assert remembered.get("") is None


@frozen
class Fixed:
    """An executor with given tools."""

    found: Tools | None

    def tools(self, job_type: str, names: list[str]) -> Tools | None:
        return self.found


@pytest.fixture
def chosen(echo: PluginRegistry, tmp_path: Path) -> Callable[[Tools | None], ChosenExecutors]:
    def make(tools: Tools | None) -> ChosenExecutors:
        made = ChosenExecutors(echo, tmp_path, {"": "fixed"})
        made._executors["fixed"] = Fixed(tools)  # type: ignore[assignment]
        return made

    return make


def test_older_payloads_refused_by_name(
    chosen: Callable[[Tools | None], ChosenExecutors],
) -> None:
    older = evolve(TOOLS, payload_version=0)
    with pytest.raises(ClmError, match=r"'echo' at fixed have an older plugin.* version 0"):
        chosen(older).tools("echo", ["fonts"])
    assert chosen(TOOLS).tools("echo", ["fonts"]) is TOOLS
    assert chosen(None).tools("echo", ["fonts"]) is None
