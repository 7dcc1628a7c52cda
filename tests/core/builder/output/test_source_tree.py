"""Writing generated files to topics' folders, never outside of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from clm import JobRequest, OutputSpec
from clm.backends.local_ops import LocalOpsBackend
from clm.builder.output.record import OutputsRecord
from clm.builder.output.source_tree import SourceTree
from clm.builder.plan import Generated
from clm.database.cache.results import ResultsCache
from clm.errors import Diagnostic, Severity
from clm.jobs.key import digest_bytes

Deliver = Callable[..., list[Diagnostic]]


@pytest.fixture
def deliver(tmp_path: Path) -> Iterator[Deliver]:
    """Delivers a generated file `img/x` of the topic in the folder `topic`."""
    record, cache = OutputsRecord(tmp_path / "o.db"), ResultsCache(tmp_path / "c.db")
    (tmp_path / "topic").mkdir()
    context: Any = None

    def run(path: str = "img/x", *, force: bool = False) -> list[Diagnostic]:
        place = PurePosixPath(path)
        request = JobRequest("id", "t", None, "a.t", outputs=(OutputSpec("out", (), place),))
        result = cache.add_to_cache(digest_bytes(b"key"), "t", {"out": b"generated"})
        item = Generated("id", "out", tmp_path / "topic", place)
        backend = LocalOpsBackend(context)
        generated = {"id": (item,)}
        tree = SourceTree(
            "/c.yaml", record, cache, backend, True, force, read_only=False, generated=generated
        )
        return asyncio.run(tree.deliver(request, result))

    with record, cache:
        yield run


def test_file_written_into_topic(deliver: Deliver, tmp_path: Path) -> None:
    assert deliver() == []
    assert (tmp_path / "topic/img/x").read_bytes() == b"generated"


@pytest.mark.parametrize("force", [False, True])
def test_outside_folder_link_refused(deliver: Deliver, tmp_path: Path, force: bool) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "topic/img").symlink_to(tmp_path / "outside")

    (diagnostic,) = deliver(force=force)

    assert diagnostic.severity is Severity.ERROR
    assert "would leave the folder" in diagnostic.message
    assert list((tmp_path / "outside").iterdir()) == []


@pytest.mark.parametrize("force", [False, True])
def test_outside_file_link_not_followed(deliver: Deliver, tmp_path: Path, force: bool) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / "topic/img").mkdir()
    (tmp_path / "topic/img/x").symlink_to(victim)

    notes = deliver(force=force)

    assert bool(notes) is not force
    assert victim.read_text() == "mine"


def test_path_outside_topic_refused(deliver: Deliver, tmp_path: Path) -> None:
    (diagnostic,) = deliver("../x", force=True)

    assert "would leave the folder" in diagnostic.message
    assert not (tmp_path / "x").exists()
