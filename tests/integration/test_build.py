"""Whole builds of little courses, through both backends."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from course_folder import CourseFolder, Recorder, messages, outcomes

from clm.build import Outcome
from clm.errors import OutputError, UnknownBackendError, UsageError

pytestmark = pytest.mark.integration

BACKENDS = ("sqlite", "inline")
SHOUT = "public/De/Kurs/Folien/Text/Completed/Woche"


def digests(folder: Path) -> dict[Path, str]:
    """The bytes of all files below the folder but logs."""
    files = (p for p in folder.rglob("*") if p.is_file() and p.suffix != ".log")
    return {p: hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def full(course: CourseFolder) -> CourseFolder:
    course.add("intro/one.shout", "hello\n!needs made.made\n")
    course.add("intro/made.gen", "generated\n")
    course.add("intro/data.csv", b"1,2\r\n")
    course.add("loops/two.shout", "grüße\n!warn careful\n")
    return course


def test_both_backends_give_the_same_outputs(
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
def test_nothing_is_touched_by_a_second_build(course: CourseFolder, backend: str) -> None:
    full(course).build(backend=backend)
    before = course.mtimes(course.path), digests(course.own)

    report = course.build(backend=backend)

    assert report.ok
    assert set(outcomes(report).values()) == {Outcome.SKIPPED}
    assert (report.files_written, report.files_removed) == (0, 0)
    assert report.files_unchanged == len(course.outputs())
    assert (course.mtimes(course.path), digests(course.own)) == before


def test_a_second_build_starts_no_worker(course: CourseFolder) -> None:
    full(course).build()
    logs = set((course.own / "logs").iterdir())

    course.build()

    assert set((course.own / "logs").iterdir()) == logs


@pytest.mark.parametrize("backend", BACKENDS)
def test_an_edited_source_rebuilds_its_job_only(course: CourseFolder, backend: str) -> None:
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
def test_what_is_generated_rebuilds_what_needs_it(course: CourseFolder, backend: str) -> None:
    full(course).build(backend=backend)
    course.add("intro/made.gen", "anew\n")

    report = course.build(backend=backend)

    assert outcomes(report)["one.shout"] is Outcome.BUILT
    assert outcomes(report)["two.shout"] is Outcome.SKIPPED
    assert course.texts("one.txt") == {"HELLO\nANEW\n"}


def test_a_deleted_output_comes_from_the_cache_without_a_worker(course: CourseFolder) -> None:
    full(course).build()
    logs = set((course.own / "logs").iterdir())
    (course.path / "output" / SHOUT / "one.txt").unlink()

    report = course.build()

    assert outcomes(report)["one.shout"] is Outcome.CACHED
    assert report.files_written == 1
    assert course.texts("one.txt") == {"HELLO\nGENERATED\n"}
    assert len(course.outputs()) == 24
    assert set((course.own / "logs").iterdir()) == logs


def test_going_back_to_an_earlier_text_needs_no_worker(course: CourseFolder) -> None:
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


def test_other_versions_of_the_tools_build_again(
    course: CourseFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    full(course).build()
    monkeypatch.setenv("CLM_SHOUT_FINGERPRINT", "shout 2")

    assert set(outcomes(course.build()).values()) == {Outcome.BUILT}


def test_force_db_init_forgets_results_but_not_outputs(course: CourseFolder) -> None:
    full(course).build()
    before = course.mtimes(course.path / "output")
    (course.path / "output" / SHOUT / "two.txt").unlink()

    report = course.build(force_db_init=True)

    assert outcomes(report)["two.shout"] is Outcome.BUILT
    after = course.mtimes(course.path / "output")
    assert {path for path in before if before[path] != after[path]} == {
        str(course.path / "output" / SHOUT / "two.txt")
    }


def test_force_db_init_rescues_from_a_broken_queue(course: CourseFolder) -> None:
    course.add("intro/one.shout", "x")
    course.own.mkdir()
    (course.own / "clm_jobs.db").write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)

    report = course.build(force_db_init=True)

    assert report.ok, messages(report)


def test_what_the_course_no_longer_has_is_removed(course: CourseFolder) -> None:
    full(course).build()
    course.remove("loops/two.shout")
    course.add("loops/three.shout", "three")
    course.remove("intro/data.csv")

    report = course.build()

    names = {path.rpartition("/")[2] for path in course.outputs()}
    assert names == {"one.txt", "made.made", "three.txt"}
    assert report.files_removed == 12


def test_an_emptied_folder_goes_with_its_last_output(course: CourseFolder) -> None:
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


def test_outputs_of_others_are_neither_removed_nor_overwritten(course: CourseFolder) -> None:
    full(course)
    foreign = course.path / "output" / SHOUT
    foreign.mkdir(parents=True)
    (foreign / "own.txt").write_text("mine")
    (foreign / "two.txt").write_text("mine, too")

    report = course.build()

    assert not report.ok
    assert outcomes(report)["two.shout"] is Outcome.FAILED
    assert "two.txt is not as CLM left it, or not from CLM" in messages(report)
    assert (foreign / "own.txt").read_text() == "mine"
    assert (foreign / "two.txt").read_text() == "mine, too"
    assert course.build(force=True).ok
    assert (foreign / "own.txt").read_text() == "mine"
    assert (foreign / "two.txt").read_text() == "GRÜSSE\n"


def test_courses_that_share_an_output_folder_keep_each_others_outputs(
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


# -- failures -----------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_failing_job_keeps_its_old_outputs_and_the_others_are_built(
    course: CourseFolder, backend: str
) -> None:
    full(course).build(backend=backend)
    course.add("loops/two.shout", "!error cannot shout\n")
    course.add("loops/three.shout", "three")

    report = course.build(backend=backend)

    assert not report.ok
    assert outcomes(report)["two.shout"] is Outcome.FAILED
    assert outcomes(report)["three.shout"] is Outcome.BUILT
    assert course.texts("two.txt") == {"GRÜSSE\n"}
    assert course.texts("three.txt") == {"THREE"}
    assert "topic_100_loops/two.shout: cannot shout (say it otherwise)" in messages(report)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(
    ("order", "said"),
    [
        ("!raise dividing", "failed unexpectedly: ZeroDivisionError: dividing"),
        ("!say-error wrong", "two.shout: wrong"),
        ("!missing", "lacks ['text']"),
        ("!extra more", "has undeclared ['more']"),
        ("!none", "gave a NoneType, not a Result"),
        ("!cannot-plan", "cannot plan it: RuntimeError: this cannot be planned"),
    ],
)
def test_every_failure_is_said_by_name_and_tried_once(
    course: CourseFolder, tmp_path: Path, backend: str, order: str, said: str
) -> None:
    log = tmp_path / "log"
    course.add("loops/two.shout", f"!log {log}\n{order}\n")
    listener = Recorder()

    report = course.build(listener, backend=backend)

    assert outcomes(report) == {"two.shout": Outcome.FAILED}
    assert said in messages(report)
    assert report.jobs[0].source.endswith("topic_100_loops/two.shout")
    assert listener.finished == report.jobs
    assert course.outputs() == {}
    if order != "!cannot-plan":
        assert len(log.read_text().splitlines()) == 1


def test_what_may_pass_is_tried_again(course: CourseFolder, tmp_path: Path) -> None:
    course.add("loops/two.shout", f"text\n!transient 2 {tmp_path / 'tries'}\n")

    report = course.build()

    assert outcomes(report) == {"two.shout": Outcome.BUILT}
    assert len((tmp_path / "tries").read_text().splitlines()) == 3


def test_what_never_passes_is_tried_as_often_as_its_job_says(
    course: CourseFolder, tmp_path: Path
) -> None:
    course.add("loops/two.shout", f"!attempts 2\n!transient 9 {tmp_path / 'tries'}\n")

    report = course.build()

    assert outcomes(report) == {"two.shout": Outcome.FAILED}
    assert "try 2 failed" in messages(report)
    assert len((tmp_path / "tries").read_text().splitlines()) == 2


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_job_fails_by_name_with_the_one_that_it_needs(course: CourseFolder, backend: str) -> None:
    full(course).add("intro/made.gen", "!error broken\n")

    report = course.build(backend=backend)

    assert outcomes(report) == {
        "made.gen": Outcome.FAILED,
        "one.shout": Outcome.FAILED,
        "two.shout": Outcome.BUILT,
    }
    (failed,) = (job for job in report.jobs if job.source.endswith("one.shout"))
    assert "not done, since it needs" in str(failed.diagnostics[0])
    assert "made.gen, which failed" in str(failed.diagnostics[0])


# -- places -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["build", "out", "dist", "bin", "target", "a b/ü"])
def test_a_course_may_lie_below_any_folder(
    new_course: Callable[[str], CourseFolder], name: str
) -> None:
    course = new_course(f"{name}/course")
    course.add("intro/data.csv", "1")
    course.add("intro/one.shout", "x")

    report = course.build(backend="inline")

    assert report.ok
    assert course.texts("one.txt") == {"X"}
    assert course.texts("data.csv") == {"1"}


def test_outputs_go_where_they_are_wanted(course: CourseFolder, tmp_path: Path) -> None:
    course.add("intro/one.shout", "x")

    course.build(output_dir=tmp_path / "elsewhere" / "deep")

    assert len(course.outputs(tmp_path / "elsewhere" / "deep")) == 6
    assert not (course.path / "output").exists()


def test_databases_go_where_they_are_wanted(course: CourseFolder, tmp_path: Path) -> None:
    course.add("intro/one.shout", "x")

    course.build(db_path=tmp_path / "db" / "my_jobs.db")

    assert {p.name for p in (tmp_path / "db").iterdir() if p.suffix == ".db"} == {
        "my_jobs.db",
        "my_cache.db",
        "my_outputs.db",
    }
    assert list(course.own.glob("*.db")) == []


@pytest.mark.parametrize(
    "below", ["slides", "slides/module_100_tests/topic_100_intro", "templates"]
)
def test_outputs_cannot_go_among_the_sources(course: CourseFolder, below: str) -> None:
    course.add("intro/one.shout", "x")

    with pytest.raises(UsageError, match="lies among the course's"):
        course.build(output_dir=course.path / below / "output")

    assert not course.own.exists()


def test_a_file_in_the_place_of_the_output_folder_is_said_once_a_job(
    course: CourseFolder,
) -> None:
    full(course)
    (course.path / "output").write_text("in the way")

    report = course.build(backend="inline")

    assert not report.ok
    assert all(job.outcome is Outcome.FAILED for job in report.jobs)
    assert "cannot be" in messages(report)
    assert (course.path / "output").read_text() == "in the way"


def test_a_place_without_room_for_clms_own_files_is_said(course: CourseFolder) -> None:
    course.add("intro/one.shout", "x")
    course.own.write_text("in the way")

    with pytest.raises(OutputError, match="for CLM's own files cannot be made"):
        course.build()


def test_names_too_long_for_the_file_system_are_said(course: CourseFolder) -> None:
    long = "n" * 251
    course.add(f"intro/{long}.gen", "x")  # with .made in its place it is one too long
    course.add("loops/one.shout", "x")

    report = course.build(backend="inline")

    assert outcomes(report) == {f"{long}.gen": Outcome.FAILED, "one.shout": Outcome.BUILT}
    assert "File name too long" in messages(report)


def test_an_unknown_backend_is_an_error_of_usage(course: CourseFolder) -> None:
    course.add("intro/one.shout", "x")

    with pytest.raises(UnknownBackendError, match="'rabbit'"):
        course.build(backend="rabbit")

    assert not course.own.exists()


# -- plugins ------------------------------------------------------------------------------------


def break_plugin(site: Path, name: str, source: str) -> None:
    info = site / f"clm_{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: clm-{name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[clm.plugins]\n{name} = clm_broken_{name}\n")
    (site / f"clm_broken_{name}.py").write_text(source)


def test_a_broken_plugin_is_named_and_unclaimed_files_are_held_back(
    course: CourseFolder, shout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full(course).build()
    break_plugin(shout, "torn", "import no_such_module_at_all")
    monkeypatch.setenv("CLM_LOAD_PLUGINS", "shout,torn")
    course.add("intro/secret.torn", "a source of the broken plugin")

    report = course.build()

    assert not report.ok
    assert "clm-torn" in messages(report)
    assert "no_such_module_at_all" in messages(report)
    assert not course.texts("secret.torn")
    assert course.texts("data.csv"), "what was there before stays"
    assert outcomes(report)["one.shout"] is Outcome.SKIPPED


def test_two_plugins_of_one_job_type_hold_its_sources_back(
    course: CourseFolder, shout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full(course)
    break_plugin(
        shout,
        "rival",
        "from clm import hookimpl\n"
        "from clm_plugin_shout import plugin\n"
        "@hookimpl\n"
        "def clm_job_types():\n"
        "    return [t for t in plugin.clm_job_types() if t.name == 'shout']\n",
    )
    monkeypatch.setenv("CLM_LOAD_PLUGINS", "shout,rival")

    report = course.build()

    assert not report.ok
    assert "is offered by" in messages(report)
    assert {path.rpartition("/")[2] for path in course.outputs()} == {"made.made"}


def test_a_course_that_no_plugin_converts_is_an_error(
    course: CourseFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    full(course)
    monkeypatch.setenv("CLM_BLOCK_PLUGINS", "shout")

    report = course.build()

    assert not report.ok
    assert "no installed plugin converts any file of the course" in messages(report)
    assert course.outputs() == {}


@pytest.mark.parametrize(("name", "state"), [("rabbit", "is not installed"), ("off", "is blocked")])
def test_a_plugin_that_the_course_requires_is_named(
    course: CourseFolder, shout: Path, name: str, state: str
) -> None:
    break_plugin(shout, "off", "")
    course.more_spec = f"requires: [{name}]\n"
    course.add("intro/one.shout", "x")

    report = course.build(backend="inline")

    assert not report.ok
    assert f"the course needs the plugin '{name}', which {state}" in messages(report)
    assert course.texts("one.txt") == {"X"}


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_converter_that_does_not_start_fails_its_jobs_by_name(
    course: CourseFolder, backend: str
) -> None:
    full(course).add("intro/no.mute", "x")

    report = course.build(backend=backend)

    assert not report.ok
    assert outcomes(report)["no.mute"] is Outcome.FAILED
    assert outcomes(report)["one.shout"] is Outcome.BUILT
    assert "I have lost my voice" in messages(report)
    if backend == "sqlite":
        assert "plugin 'shout' for 'mute' do not start (3 tries)" in messages(report)


# -- what is left -------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
def test_nothing_is_left_in_the_work_folder(course: CourseFolder, backend: str) -> None:
    full(course).add("intro/locked.shout", "x\n!read-only\n")

    assert course.build(backend=backend).ok

    assert course.job_folders() == []


def test_a_listener_is_told_of_every_job(course: CourseFolder, tmp_path: Path) -> None:
    go = tmp_path / "go"
    course.add("intro/one.shout", f"!wait-for {go}\n")
    listener = Recorder(on_started=lambda source: go.touch())

    report = course.build(listener)

    assert [source.rpartition("/")[2] for source in listener.started] == ["one.shout"]
    assert listener.finished == report.jobs
    assert report.jobs[0].seconds > 0
    assert report.jobs[0].correlation_id


def test_a_source_that_changes_during_the_build_is_not_built_half_old(
    course: CourseFolder, tmp_path: Path
) -> None:
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


def test_a_damaged_queue_is_set_aside(
    course: CourseFolder, caplog: pytest.LogCaptureFixture
) -> None:
    course.add("intro/one.shout", "x")
    course.own.mkdir()
    (course.own / "clm_jobs.db").write_bytes(b"\0" * 8192)

    report = course.build()

    assert report.ok
    assert "was damaged; it was set aside" in caplog.text
    assert len(list(course.own.glob("clm_jobs.db.damaged-*"))) == 1
