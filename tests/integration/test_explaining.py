"""Explanations of a build: `--dry-run` and `--explain`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field
from course_folder import CourseFolder, messages

from clm.builder import BuildListener
from clm.builder.report import Action, Explanation
from clm.errors import ClmError

pytestmark = pytest.mark.integration

SHOUT = "output/public/De/Kurs/Folien/Text/Completed/Woche"


@define
class Heard(BuildListener):
    said: list[Explanation] = field(factory=list)

    def explained(self, explanation: Explanation) -> None:
        self.said.append(explanation)


@pytest.fixture
def built(course: CourseFolder) -> CourseFolder:
    course.add("intro/one.shout", "hello\n!needs made.made\n")
    course.add("intro/made.gen", "generated\n")
    course.add("intro/data.csv", b"1,2\r\n")
    course.add("loops/two.shout", "two\n")
    report = course.build(backend="inline")
    assert report.ok, messages(report)
    return course


def dry_run(course: CourseFolder, **options: Any) -> dict[str, tuple[Action, tuple[str, ...]]]:
    """The actions and reasons of a dry run by file name, without skipped files."""
    heard = Heard()
    report = course.build(heard, backend="inline", dry_run=True, **options)
    assert report.ok, messages(report)
    return {
        said.source.replace("\\", "/").rpartition("/")[2]: (said.action, said.reasons)
        for said in heard.said
        if said.action is not Action.SKIP
    }


def test_unchanged_course_needs_nothing(built: CourseFolder) -> None:
    assert dry_run(built) == {}


def test_edited_obsolete_output_not_removed(
    built: CourseFolder,
) -> None:
    built.remove("intro/data.csv")
    (built.path / SHOUT / "data.csv").write_text("by hand")
    heard = Heard()
    built.build(heard, backend="inline", dry_run=True)
    removed = [said.source for said in heard.said if said.action is Action.REMOVE]
    assert len(removed) == 5
    assert not any(path.startswith(SHOUT.removeprefix("output/")) for path in removed)
    assert built.build(backend="inline").files_removed == 5


def test_dry_run_leaves_outputs_alone(built: CourseFolder) -> None:
    built.add("intro/one.shout", "changed\n")
    built.remove("intro/data.csv")
    before = built.mtimes(built.path / "output")

    said = dry_run(built)

    assert built.mtimes(built.path / "output") == before
    assert said["one.shout"][0] is Action.BUILD
    assert said["data.csv"] == (Action.REMOVE, ("no longer an output of the course",))


def everything(course: CourseFolder) -> dict[str, tuple[int, bytes]]:
    """All files below the course's folder, also hidden ones, with their times."""
    found = (path for path in course.path.rglob("*"))
    return {str(p): (p.stat().st_mtime_ns, p.read_bytes() if p.is_file() else b"") for p in found}


@pytest.mark.parametrize("options", [{}, {"force_db_init": True}, {"ignore_db": True}])
@pytest.mark.parametrize("backend", ["inline", "sqlite"])
def test_dry_run_creates_no_files(
    course: CourseFolder, backend: str, options: dict[str, Any]
) -> None:
    course.add("intro/one.shout", "x\n!needs made.made\n")
    course.add("intro/made.gen", "generated\n")
    before = everything(course)

    report = course.build(backend=backend, dry_run=True, **options)

    assert report.to_do[Action.BUILD] == 2
    assert everything(course) == before


@pytest.mark.parametrize("options", [{}, {"force_db_init": True}])
def test_dry_run_changes_no_files(built: CourseFolder, options: dict[str, Any]) -> None:
    built.add("intro/one.shout", "changed\n")
    (built.path / "course.yaml").touch()
    before = everything(built)

    built.build(backend="inline", dry_run=True, **options)

    assert everything(built) == before


def test_failed_dry_run_changes_nothing(built: CourseFolder) -> None:
    (built.own / "clm_cache.db").write_bytes(b"no database" * 1000)
    before = everything(built)

    with pytest.raises(ClmError):
        built.build(backend="inline", dry_run=True)

    assert everything(built) == before


def test_changed_file_named(built: CourseFolder) -> None:
    built.add("loops/two.shout", "changed\n")

    assert dry_run(built) == {"two.shout": (Action.BUILD, ("changed file two.shout",))}


def test_regenerated_input_named(built: CourseFolder) -> None:
    built.add("intro/made.gen", "changed\n")

    said = dry_run(built)

    assert said["made.gen"] == (Action.BUILD, ("changed file made.gen",))
    action, (reason,) = said["one.shout"]
    assert action is Action.BUILD
    assert reason.startswith("made.made is rebuilt by gen:")


def test_new_source_called_new(built: CourseFolder) -> None:
    built.add("loops/three.shout", "three\n")

    action, (reason,) = dry_run(built)["three.shout"]

    assert (action, reason.partition(":")[0]) == (Action.BUILD, "new")


def test_added_and_removed_inputs_named(built: CourseFolder) -> None:
    built.add("loops/more.txt", "more\n")
    built.add("loops/two.shout", "two\n!needs more.txt\n")
    _, reasons = dry_run(built)["two.shout"]
    assert reasons == ("new file more.txt", "changed file two.shout")
    built.build(backend="inline")

    built.add("loops/two.shout", "two\n")

    assert "removed file more.txt" in dry_run(built)["two.shout"][1]


def test_changed_tools_named(built: CourseFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLM_SHOUT_FINGERPRINT", "shout 2")

    _, (reason,) = dry_run(built)["two.shout"]

    assert reason.startswith("changed tools: ")
    assert "shout 1" in reason and " -> clm-plugin-shout: shout 2" in reason


def test_missing_output_named(built: CourseFolder) -> None:
    (built.path / SHOUT / "two.txt").unlink()

    action, (reason,) = dry_run(built)["two.shout"]

    assert action is Action.RESTORE
    assert reason.endswith("Woche/two.txt is missing")


def test_edited_output_named(built: CourseFolder) -> None:
    for name in ("two.txt", "data.csv"):
        (built.path / SHOUT / name).write_text("by hand")

    said = dry_run(built)

    assert said["two.shout"][0] is Action.RESTORE
    assert said["two.shout"][1][0].endswith("Woche/two.txt was modified since CLM wrote it")
    assert said["data.csv"][0] is Action.COPY
    assert said["data.csv"][1][0].endswith("Woche/data.csv was modified since CLM wrote it")


def test_forced_rebuild_explained(built: CourseFolder) -> None:
    said = dry_run(built, ignore_db=True)

    assert said["two.shout"] == (Action.BUILD, ("forced: cached results are ignored",))


def test_lost_dependency_result_explained(built: CourseFolder) -> None:
    (built.own / "clm_cache.db").unlink()

    said = dry_run(built)

    reason = "its result is not in the results cache, and other jobs need it"
    assert said["made.gen"] == (Action.BUILD, (reason,))


def test_new_output_target_explained(built: CourseFolder) -> None:
    built.more_spec = "output-targets: [{path: elsewhere}]\n"
    built.write_spec()

    said = dry_run(built)

    assert said["two.shout"][0] is Action.RESTORE
    assert all(reason.endswith("is new") for reason in said["two.shout"][1][:3])
    assert "and 3 more" in said["two.shout"][1]


def test_real_build_explained_on_request(built: CourseFolder) -> None:
    built.add("loops/two.shout", "changed\n")
    heard = Heard()

    report = built.build(heard, backend="inline", explain=True)

    said = [item for item in heard.said if item.action is not Action.SKIP]
    assert [item.reasons for item in said] == [("changed file two.shout",)]
    assert report.to_do[Action.BUILD] == 1
    assert built.texts("two.txt") == {"CHANGED\n"}


def test_touched_file_is_no_reason(built: CourseFolder) -> None:
    os.utime(Path(built.add("loops/two.shout", "two\n")))

    assert dry_run(built) == {}
