"""Delivery of outputs: no unnecessary writes, and files of others are kept."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from recorded_outputs import ONE, Outputs, run

from clm import FileInput, SharedFile
from clm.backends.backend import Operation
from clm.builder.output.delivery import Delivery
from clm.builder.output.record import OutputsRecord
from clm.builder.plan import Copy
from clm.errors import OutputError, UnsafePathError
from clm.jobs.key import digest_bytes


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
    run((delivery or outputs.delivery()).copy(Copy(file, (str(ONE),))))


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


def test_shared_file_written_once(outputs: Outputs) -> None:
    file = SharedFile(ONE, b"x")
    run(outputs.delivery().copy(file))
    outputs.backend.before = pytest.fail

    delivery = outputs.delivery()
    run(delivery.copy(file))

    assert outputs.read() == b"x"
    assert (outputs.report.files_written, outputs.report.files_unchanged) == (0, 1)
    assert delivery.stale(SharedFile(ONE, b"y")) == ["a/one"]


def test_packed_shared_file_unpacked(outputs: Outputs, tmp_path: Path) -> None:
    packed = tmp_path / "x.gz"
    packed.write_bytes(gzip.compress(b"x"))
    digest = digest_bytes(packed.read_bytes())
    file = SharedFile(ONE, FileInput("x", packed, digest), packed=True)

    run(outputs.delivery().copy(file))

    assert outputs.read() == b"x"
    assert outputs.delivery().stale(file) == []


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"changed", "has changed since"), (b"no gzip", "cannot be read"), (None, "cannot be read")],
)
def test_unreadable_shared_file_fails(
    outputs: Outputs, tmp_path: Path, content: bytes | None, problem: str
) -> None:
    path = tmp_path / "x.gz"
    if content is not None:
        path.write_bytes(content)
    file = SharedFile(ONE, FileInput("x", path, digest_bytes(b"no gzip")), packed=True)

    with pytest.raises(OutputError, match=problem):
        run(outputs.delivery().copy(file))

    assert outputs.files() == set()
