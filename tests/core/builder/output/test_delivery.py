"""Delivery of outputs: no unnecessary writes, and files of others are kept."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Coroutine, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from attrs import define, field

from clm import FileInput, JobRequest, OutputSpec
from clm.backends.backend import Operation
from clm.backends.local_ops import LocalOpsBackend
from clm.builder.output.delivery import Delivery
from clm.builder.output.record import OutputsRecord
from clm.builder.report import BuildReport
from clm.database.cache.results import ResultsCache
from clm.errors import OutputError, Severity, UnsafePathError
from clm.jobs.key import digest_bytes
from clm.jobs.result import StoredResult

ONE = PurePosixPath("a/one")


class Watched(LocalOpsBackend):
    """Calls `before`, then executes the operation."""

    def __init__(self) -> None:
        context: Any = None
        super().__init__(context)
        self.before: Any = lambda operation: None

    async def execute_operation(self, operation: Operation) -> None:
        self.before(operation)
        await super().execute_operation(operation)


@define
class Outputs:
    """An output folder with its record; `delivery` starts a build."""

    base: Path
    record: OutputsRecord
    cache: ResultsCache
    backend: Watched = field(factory=Watched)
    report: BuildReport = field(factory=BuildReport)

    @property
    def root(self) -> Path:
        return self.base / "output"

    def delivery(self, *, force: bool = False, course: str = "/course.yaml") -> Delivery:
        self.report = BuildReport()
        return Delivery(
            self.root, course, self.record, self.cache, self.backend, self.report, force
        )

    def result(self, content: bytes) -> StoredResult:
        return self.cache.add_to_cache(digest_bytes(b"key of " + content), "t", {"out": content})

    def deliver(self, content: bytes, *paths: str, delivery: Delivery | None = None) -> None:
        places = tuple(PurePosixPath(path) for path in paths) or (ONE,)
        request = JobRequest("id", "t", None, "a.t", outputs=(OutputSpec("out", places),))
        run((delivery or self.delivery()).deliver(request, self.result(content)))

    def is_current(self, content: bytes) -> bool:
        request = JobRequest("id", "t", None, "a.t", outputs=(OutputSpec("out", (ONE,)),))
        return self.delivery().is_current(request, self.result(content).key)

    def read(self, path: str = "a/one") -> bytes:
        return (self.root / path).read_bytes()

    def put(self, content: bytes, path: str = "a/one") -> None:
        """Writes a file that is not from CLM."""
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_bytes(content)
        moment = time.time() - 50
        os.utime(self.root / path, (moment, moment))

    def files(self) -> set[str]:
        return {p.relative_to(self.root).as_posix() for p in self.root.rglob("*") if p.is_file()}


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    asyncio.run(coroutine)


@pytest.fixture
def outputs(tmp_path: Path) -> Iterator[Outputs]:
    record, cache = OutputsRecord(tmp_path / "o.db"), ResultsCache(tmp_path / "c.db")
    with record, cache:
        yield Outputs(tmp_path, record, cache)


def test_output_written_to_all_paths(outputs: Outputs) -> None:
    outputs.deliver(b"x", "a/one", "b/two")

    assert (outputs.read("a/one"), outputs.read("b/two")) == (b"x", b"x")
    assert outputs.report.files_written == 2
    assert outputs.is_current(b"x")


def test_current_output_untouched(outputs: Outputs) -> None:
    outputs.deliver(b"x")
    outputs.backend.before = pytest.fail

    outputs.deliver(b"x")

    assert (outputs.report.files_written, outputs.report.files_unchanged) == (0, 1)


def test_equal_foreign_file_adopted(outputs: Outputs) -> None:
    outputs.put(b"x")
    outputs.backend.before = pytest.fail

    outputs.deliver(b"x")

    assert outputs.report.files_unchanged == 1
    assert outputs.is_current(b"x")


def test_own_output_overwritten(outputs: Outputs) -> None:
    outputs.deliver(b"old")
    assert not outputs.is_current(b"new")

    outputs.deliver(b"new")

    assert outputs.read() == b"new"


def test_touched_output_overwritten(outputs: Outputs) -> None:
    outputs.deliver(b"old")
    outputs.put(b"old")

    outputs.deliver(b"new")

    assert outputs.read() == b"new"


@pytest.mark.parametrize("known", [False, True])
def test_foreign_or_changed_file_kept(outputs: Outputs, known: bool) -> None:
    if known:
        outputs.deliver(b"old")
    outputs.put(b"mine")

    with pytest.raises(OutputError) as caught:
        outputs.deliver(b"new", "a/one", "a/two")

    assert "a/one was not written by CLM or was modified since" in str(caught.value)
    assert "overwrite it with --force" in str(caught.value)
    assert (outputs.read("a/one"), outputs.read("a/two")) == (b"mine", b"new")
    assert not outputs.is_current(b"new")


def test_cached_output_overwritten_without_record(outputs: Outputs, tmp_path: Path) -> None:
    outputs.deliver(b"old")
    with OutputsRecord(tmp_path / "new.db") as record:
        outputs.record = record

        outputs.deliver(b"new")

    assert outputs.read() == b"new"


def test_force_overwrites(outputs: Outputs) -> None:
    outputs.put(b"mine")

    outputs.deliver(b"new", delivery=outputs.delivery(force=True))

    assert outputs.read() == b"new"


def test_folder_at_output_path_refused(outputs: Outputs) -> None:
    outputs.put(b"mine", "a/one/deep")

    for force in (False, True):
        with pytest.raises(OutputError):
            outputs.deliver(b"new", delivery=outputs.delivery(force=force))

    assert outputs.read("a/one/deep") == b"mine"


def test_intent_recorded_before_write(outputs: Outputs) -> None:
    recorded: list[Any] = []
    outputs.backend.before = lambda operation: recorded.append(
        outputs.record.output(outputs.root, str(ONE))
    )

    outputs.deliver(b"x")

    (intent,) = recorded
    assert (intent.size, intent.digest) == (None, digest_bytes(b"x"))


class Died(BaseException):
    pass


def test_dead_build_output_overwritten(outputs: Outputs) -> None:
    def die(operation: Operation) -> None:
        outputs.put(b"of the dead build")
        raise Died

    outputs.backend.before = die
    with pytest.raises(Died):
        outputs.deliver(b"x")
    outputs.backend.before = lambda operation: None

    outputs.deliver(b"new")

    assert outputs.read() == b"new"


def test_concurrent_build_output_overwritten(outputs: Outputs) -> None:
    early = outputs.delivery()
    outputs.deliver(b"of the other build")

    outputs.deliver(b"new", delivery=early)

    assert outputs.read() == b"new"


@pytest.mark.parametrize("path", ["../x", "/etc/x", "a/../../x"])
def test_output_outside_folder_refused(outputs: Outputs, path: str) -> None:
    with pytest.raises(UnsafePathError):
        outputs.deliver(b"x", path)

    assert not (outputs.base / "x").exists()


def test_output_through_link_refused(outputs: Outputs) -> None:
    (outputs.base / "elsewhere").mkdir()
    outputs.root.mkdir()
    (outputs.root / "a").symlink_to(outputs.base / "elsewhere")

    with pytest.raises(UnsafePathError):
        outputs.deliver(b"x")

    assert list((outputs.base / "elsewhere").iterdir()) == []


def test_too_long_name_is_error(outputs: Outputs) -> None:
    with pytest.raises(OutputError, match="too long"):
        outputs.deliver(b"x", "n" * 256)


# -- copies -------------------------------------------------------------------------------------


def copy(outputs: Outputs, content: bytes, *, delivery: Delivery | None = None) -> None:
    source = outputs.base / "source"
    source.write_bytes(content)
    file = FileInput("source", source, digest_bytes(content))
    run((delivery or outputs.delivery()).copy(file, [ONE]))


def test_file_copied_once(outputs: Outputs) -> None:
    copy(outputs, b"x")
    assert (outputs.read(), outputs.report.files_written) == (b"x", 1)
    outputs.backend.before = pytest.fail

    copy(outputs, b"x")

    assert (outputs.report.files_written, outputs.report.files_unchanged) == (0, 1)


def test_copy_keeps_foreign_file(outputs: Outputs) -> None:
    outputs.put(b"mine")

    with pytest.raises(OutputError, match="not overwritten"):
        copy(outputs, b"x")

    assert outputs.read() == b"mine"


# -- removal ------------------------------------------------------------------------------------


def test_only_own_unwanted_files_removed(outputs: Outputs) -> None:
    outputs.deliver(b"x", "a/wanted", "a/unwanted", "a/changed", "a/deleted")
    outputs.put(b"mine", "a/changed")
    outputs.put(b"mine", "a/foreign")
    (outputs.root / "a/deleted").unlink()

    run(outputs.delivery().remove_others({"a/wanted"}))

    assert outputs.files() == {"a/wanted", "a/changed", "a/foreign"}
    assert outputs.report.files_removed == 1
    assert set(outputs.record.outputs(outputs.root)) == {"a/wanted"}


def test_changed_outputs_kept_with_warning(
    outputs: Outputs,
) -> None:
    paths = [f"a/{n}" for n in range(7)]
    outputs.deliver(b"x", "a/unchanged", "a/deleted", *paths)
    (outputs.root / "a/deleted").unlink()
    for path in paths:
        outputs.put(b"mine", path)

    delivery = outputs.delivery()
    run(delivery.remove_others(set()))

    (note,) = delivery.kept()
    assert note.severity is Severity.WARNING
    assert note.message.startswith("7 output(s) that the course no longer has were modified")
    assert note.message.endswith(": a/0, a/1, a/2, a/3, a/4 and 2 more")
    again = outputs.delivery()
    run(again.remove_others(set()))
    assert again.kept() == ()


def test_touched_unwanted_file_removed(outputs: Outputs) -> None:
    outputs.deliver(b"x")
    outputs.put(b"x")

    delivery = outputs.delivery()
    run(delivery.remove_others(set()))

    assert outputs.files() == set()
    assert delivery.kept() == ()


def test_other_course_outputs_kept(outputs: Outputs) -> None:
    other = outputs.base / "other.yaml"
    other.touch()
    outputs.deliver(b"x", delivery=outputs.delivery(course=str(other)))

    run(outputs.delivery().remove_others(set()))
    assert outputs.files() == {"a/one"}
    other.unlink()
    run(outputs.delivery().remove_others(set()))

    assert outputs.files() == set()


def test_nothing_outside_folder_removed(outputs: Outputs) -> None:
    victim = outputs.base / "victim"
    victim.write_bytes(b"x")
    outputs.deliver(b"x")
    (recorded,) = outputs.record.outputs(outputs.root).values()
    outputs.record.save(outputs.root, [recorded._replace(path="../victim")])

    with pytest.raises(UnsafePathError):
        run(outputs.delivery().remove_others({str(ONE)}))

    assert victim.exists()
