"""Whole builds of small courses with both backends."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from building import BACKENDS, full
from course_folder import CourseFolder, Recorder, messages, outcomes

from clm.builder import Outcome
from clm.builder.unchanged import clock

pytestmark = pytest.mark.integration

SHOUT = "public/De/Kurs/Folien/Text/Completed/Woche"


def digests(folder: Path) -> dict[Path, str]:
    """Digests of all files below the folder, except for logs and the record of the last build."""
    files = (p for p in folder.rglob("*") if p.is_file() and p.suffix != ".log")
    kept = (p for p in files if p.name != "last-build.json")
    return {p: hashlib.sha256(p.read_bytes()).hexdigest() for p in kept}


def mtimes(course: CourseFolder) -> dict[str, int]:
    found = course.mtimes(course.path)
    return {path: time for path, time in found.items() if not path.endswith("last-build.json")}


def test_backends_give_same_outputs(
    new_course: Callable[[str], CourseFolder],
) -> None:
    courses = {name: full(new_course(name)) for name in BACKENDS}

    reports = {name: course.build(backend=name) for name, course in courses.items()}

    assert all(report.ok for report in reports.values()), [messages(r) for r in reports.values()]
    assert courses["sqlite"].outputs() == courses["inline"].outputs()
    assert courses["sqlite"].texts("one.txt") == {"HELLO\nGENERATED\n"}
    assert courses["sqlite"].texts("made.made") == {"GENERATED\n"}
    assert courses["sqlite"].texts("data.csv") == {"1,2\r\n"}
    assert courses["sqlite"].texts("two.txt") == {"GRÜSSE\n"}
    for report in reports.values():
        assert set(outcomes(report).values()) == {Outcome.BUILT}
        assert "careful" in messages(report)


@pytest.mark.parametrize("backend", BACKENDS)
def test_second_build_touches_nothing(
    course: CourseFolder, backend: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is kept of new files differs once they are old, however long the first build takes.
    monkeypatch.setattr(clock, "_RACY_NS", 10**15)
    full(course).build(backend=backend)
    before = mtimes(course), digests(course.own)

    report = course.build(backend=backend)

    assert report.ok
    assert set(outcomes(report).values()) == {Outcome.SKIPPED}
    assert (report.files_written, report.files_removed) == (0, 0)
    assert report.files_unchanged == len(course.outputs())
    assert (mtimes(course), digests(course.own)) == before


def test_second_build_starts_no_worker(course: CourseFolder) -> None:
    full(course).build()
    logs = set((course.own / "logs").iterdir())

    course.build()

    assert set((course.own / "logs").iterdir()) == logs


def test_second_build_needs_no_event_loop(
    course: CourseFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    full(course).build()
    monkeypatch.delattr(asyncio, "run")
    assert course.build().ok


@pytest.mark.parametrize("backend", BACKENDS)
def test_edit_rebuilds_only_its_job(course: CourseFolder, backend: str) -> None:
    full(course).build(backend=backend)
    course.add("loops/two.shout", "changed")

    report = course.build(backend=backend)

    assert outcomes(report) == {
        "made.gen": Outcome.SKIPPED,
        "one.shout": Outcome.SKIPPED,
        "two.shout": Outcome.BUILT,
    }
    assert course.texts("two.txt") == {"CHANGED"}


@pytest.mark.parametrize("backend", BACKENDS)
def test_generated_change_rebuilds_dependents(course: CourseFolder, backend: str) -> None:
    full(course).build(backend=backend)
    course.add("intro/made.gen", "anew\n")

    report = course.build(backend=backend)

    assert outcomes(report)["one.shout"] is Outcome.BUILT
    assert outcomes(report)["two.shout"] is Outcome.SKIPPED
    assert course.texts("one.txt") == {"HELLO\nANEW\n"}


def test_deleted_output_restored_from_cache(course: CourseFolder) -> None:
    full(course).build()
    logs = set((course.own / "logs").iterdir())
    (course.path / "output" / SHOUT / "one.txt").unlink()

    report = course.build()

    assert outcomes(report)["one.shout"] is Outcome.CACHED
    assert report.files_written == 1
    assert course.texts("one.txt") == {"HELLO\nGENERATED\n"}
    assert len(course.outputs()) == 24
    assert set((course.own / "logs").iterdir()) == logs


def test_reverted_source_hits_cache(course: CourseFolder) -> None:
    for text in ("first", "second"):
        course.add("intro/one.shout", text)
        course.build()
    course.add("intro/one.shout", "first")

    report = course.build()

    assert outcomes(report) == {"one.shout": Outcome.CACHED}
    assert course.texts("one.txt") == {"FIRST"}


@pytest.mark.parametrize("backend", BACKENDS)
def test_ignore_db_builds_all_again(course: CourseFolder, tmp_path: Path, backend: str) -> None:
    log = tmp_path / "log"
    full(course).add("loops/two.shout", f"text\n!log {log}\n")
    course.build(backend=backend)

    report = course.build(backend=backend, ignore_db=True)

    assert set(outcomes(report).values()) == {Outcome.BUILT}
    assert len(log.read_text().splitlines()) == 2


def test_changed_fingerprint_rebuilds_all(
    course: CourseFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    full(course).build()
    monkeypatch.setenv("CLM_SHOUT_FINGERPRINT", "shout 2")

    assert set(outcomes(course.build()).values()) == {Outcome.BUILT}


def test_force_db_init_keeps_outputs(course: CourseFolder) -> None:
    full(course).build()
    before = course.mtimes(course.path / "output")
    (course.path / "output" / SHOUT / "two.txt").unlink()

    report = course.build(force_db_init=True)

    assert outcomes(report)["two.shout"] is Outcome.BUILT
    after = course.mtimes(course.path / "output")
    assert {path for path in before if before[path] != after[path]} == {
        str(course.path / "output" / SHOUT / "two.txt")
    }


def test_force_db_init_replaces_broken_queue(course: CourseFolder) -> None:
    course.add("intro/one.shout", "x")
    course.own.mkdir()
    (course.own / "clm_jobs.db").write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)

    report = course.build(force_db_init=True)

    assert report.ok, messages(report)


def test_obsolete_outputs_removed(course: CourseFolder) -> None:
    full(course).build()
    course.remove("loops/two.shout")
    course.add("loops/three.shout", "three")
    course.remove("intro/data.csv")

    report = course.build()

    names = {path.rpartition("/")[2] for path in course.outputs()}
    assert names == {"one.txt", "made.made", "three.txt"}
    assert report.files_removed == 12


def test_emptied_folder_removed(course: CourseFolder) -> None:
    full(course).add("intro/deep/er/x.csv", "x")
    course.build()
    course.remove("intro/deep/er/x.csv")

    course.build()

    assert list((course.path / "output").rglob("deep")) == []


def test_keep_directory_removes_nothing(course: CourseFolder) -> None:
    full(course).build()
    course.remove("intro/data.csv")

    report = course.build(keep_directory=True)

    assert report.files_removed == 0
    assert course.texts("data.csv") == {"1,2\r\n"}


def test_foreign_outputs_kept_unless_forced(course: CourseFolder) -> None:
    full(course)
    foreign = course.path / "output" / SHOUT
    foreign.mkdir(parents=True)
    (foreign / "own.txt").write_text("mine")
    (foreign / "two.txt").write_text("mine, too")

    report = course.build()

    assert not report.ok
    assert outcomes(report)["two.shout"] is Outcome.FAILED
    assert "two.txt was not written by CLM or was modified since" in messages(report)
    assert (foreign / "own.txt").read_text() == "mine"
    assert (foreign / "two.txt").read_text() == "mine, too"
    assert course.build(force=True).ok
    assert (foreign / "own.txt").read_text() == "mine"
    assert (foreign / "two.txt").read_text() == "GRÜSSE\n"


def test_courses_share_output_folder(
    course: CourseFolder,
) -> None:
    full(course).build()
    other = course.path / "other.yaml"
    other.write_text(
        "name: {de: Anderer, en: Other}\n"
        "sections: [{name: {de: Woche, en: Week}, topics: [loops]}]\n"
    )
    before = course.outputs()

    report = course.build(spec_path=other)

    assert report.ok
    assert before.items() <= course.outputs().items()
    other.unlink()
    assert course.build().ok
    assert course.outputs() == before


# -- leftovers and reports ----------------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
def test_work_folder_left_empty(course: CourseFolder, backend: str) -> None:
    full(course).add("intro/locked.shout", "x\n!read-only\n")

    assert course.build(backend=backend).ok

    assert course.job_folders() == []


def test_listener_told_of_every_job(course: CourseFolder, tmp_path: Path) -> None:
    go = tmp_path / "go"
    course.add("intro/one.shout", f"!wait-for {go}\n")
    listener = Recorder(on_started=lambda source: go.touch())

    report = course.build(listener)

    assert [source.rpartition("/")[2] for source in listener.started] == ["one.shout"]
    assert listener.finished == report.jobs
    assert report.jobs[0].seconds > 0
    assert report.jobs[0].correlation_id


def test_source_changed_during_build_fails(course: CourseFolder, tmp_path: Path) -> None:
    started = tmp_path / "go"
    course.add("intro/a.shout", f"!wait-for {started}\n")
    course.add("intro/b.shout", "old")

    def change(source: str) -> None:
        if source.endswith("a.shout"):
            course.add("intro/b.shout", "new")
            started.touch()

    report = course.build(Recorder(on_started=change), jobs=1)

    assert outcomes(report) == {"a.shout": Outcome.BUILT, "b.shout": Outcome.FAILED}
    assert "b.shout has changed since the build began (build again)" in messages(report)
    assert outcomes(course.build(jobs=1))["b.shout"] is Outcome.BUILT
    assert course.texts("b.txt") == {"NEW"}


def test_damaged_queue_set_aside(course: CourseFolder, caplog: pytest.LogCaptureFixture) -> None:
    course.add("intro/one.shout", "x")
    course.own.mkdir()
    (course.own / "clm_jobs.db").write_bytes(b"\0" * 8192)

    report = course.build()

    assert report.ok
    assert "was damaged; it was renamed to" in caplog.text
    assert len(list(course.own.glob("clm_jobs.db.damaged-*"))) == 1
