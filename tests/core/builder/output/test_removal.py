"""Removal of outputs that the course no longer has: own, unmodified files only."""

from __future__ import annotations

import pytest
from recorded_outputs import ONE, Outputs, run

from clm.builder.output.delivery import Delivery
from clm.builder.output.removal import OldOutputs
from clm.errors import Diagnostic, Severity


def remove(
    outputs: Outputs, wanted: set[str], delivery: Delivery | None = None
) -> list[Diagnostic]:
    """Removes all outputs but the wanted ones; returns the notes."""
    old = OldOutputs(delivery or outputs.delivery(), wanted)
    run(old.remove())
    return list(old.notes())


def test_only_own_unwanted_files_removed(outputs: Outputs) -> None:
    outputs.deliver(b"x", "a/wanted", "a/unwanted", "a/changed", "a/deleted")
    outputs.put(b"mine", "a/changed")
    outputs.put(b"mine", "a/foreign")
    (outputs.root / "a/deleted").unlink()

    remove(outputs, {"a/wanted"})

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

    (note,) = remove(outputs, set())

    assert note.severity is Severity.WARNING
    assert note.message.startswith("7 output(s) that the course no longer has were modified")
    assert note.message.endswith(": a/0, a/1, a/2, a/3, a/4 and 2 more")
    assert remove(outputs, set()) == []


def test_touched_unwanted_file_removed(outputs: Outputs) -> None:
    outputs.deliver(b"x")
    outputs.put(b"x")

    assert remove(outputs, set()) == []

    assert outputs.files() == set()


def test_other_course_outputs_kept(outputs: Outputs) -> None:
    other = outputs.base / "other.yaml"
    other.touch()
    outputs.deliver(b"x", delivery=outputs.delivery(course=str(other)))

    remove(outputs, set())
    assert outputs.files() == {"a/one"}
    other.unlink()
    remove(outputs, set())

    assert outputs.files() == set()


def test_nothing_outside_folder_removed(outputs: Outputs) -> None:
    victim = outputs.base / "victim"
    victim.write_bytes(b"x")
    outputs.deliver(b"x")
    (recorded,) = outputs.record.outputs(outputs.root).values()
    outputs.record.save(outputs.root, [recorded._replace(path="../victim")])

    (note,) = remove(outputs, {str(ONE)})

    assert note.severity is Severity.ERROR
    assert "would leave the folder" in note.message
    assert victim.exists()


def test_one_failure_stops_no_other_removal(outputs: Outputs) -> None:
    outputs.deliver(b"x", "a/one", "b/two", "c/three")
    (outputs.root / "b/two").unlink()
    (outputs.root / "b").rmdir()
    (outputs.root / "b").symlink_to(outputs.base)

    (note,) = remove(outputs, set())

    assert note.severity is Severity.ERROR
    assert outputs.files() == set()
    assert set(outputs.record.outputs(outputs.root)) == {"b/two"}  # the next build tries again


def test_foreign_files_of_old_folders_reported(outputs: Outputs) -> None:
    outputs.deliver(b"x", "a/wanted", "a/unwanted", "old/En/x/one", "old/De/two")
    for path in ("a/mine", "old/mine", "old/.DS_Store", "old/.git/HEAD", "mine"):
        outputs.put(b"mine", path)

    (note,) = remove(outputs, {"a/wanted"})

    assert note.severity is Severity.WARNING
    assert note.message.startswith("1 file(s) that CLM did not write are in folders of outputs")
    assert note.message.endswith(": old/mine")
    assert outputs.files() >= {"a/mine", "old/mine", "mine"}


def test_file_under_other_name_kept(outputs: Outputs) -> None:
    outputs.deliver(b"x", "a/one", "a/two")
    (outputs.root / "A").symlink_to(outputs.root / "a")  # as if the file system ignored case
    outputs.deliver(b"x", "A/one")

    assert remove(outputs, {"A/one"}) == []

    assert outputs.files() == {"a/one"}
    assert outputs.read("A/one") == b"x"
    assert set(outputs.record.outputs(outputs.root)) == {"A/one"}


@pytest.mark.parametrize("chosen", [True, False])
def test_outputs_of_chosen_folder_kept(outputs: Outputs, chosen: bool) -> None:
    first, second = outputs.delivery(), outputs.delivery()
    first.chosen, second.chosen = chosen, not chosen
    outputs.deliver(b"x", delivery=first)
    second.recorded = outputs.record.outputs(outputs.root)

    assert remove(outputs, set(), second) == []

    assert outputs.files() == {"a/one"}
