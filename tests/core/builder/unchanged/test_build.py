"""Builds after which nothing has changed: nothing is read, and any change is noticed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve, frozen
from course_folder import CourseFolder, Recorder, messages, outcomes

from clm.builder import BuildReport
from clm.builder.outcome.last_build import load_last_build
from clm.builder.sessions import session
from clm.builder.unchanged import clock
from clm.installed.kept import read_json, write_json

FILES = {
    "a/a.shout": "a\n!warn mind this\n",
    "a/img/data.csv": "1\n",
    "b/b.gen": "b\n",
    "templates/t.j2": "t\n",
}


@frozen
class Builds:
    """A course with builds that tell whether they planned anything."""

    course: CourseFolder
    plans: list[str]

    def build(self, **options: object) -> tuple[BuildReport, bool]:
        """The report, and whether the course or a part of it was planned."""
        del self.plans[:]
        report = self.course.build(**options)
        return report, bool(self.plans)


@pytest.fixture
def builds(course: CourseFolder, plans: list[str]) -> Builds:
    course.more_spec = "dir-groups:\n- {path: extras, name: {de: E, en: E}}\n"
    extra = course.path / "extras" / "one.txt"
    extra.parent.mkdir()
    extra.write_text("1")
    course.backend = "inline"
    for name, text in FILES.items():
        course.add(name, text)
    builds = Builds(course, plans)
    _, was_planned = made = builds.build()
    assert was_planned, made
    return builds


def rewrite(path: Path) -> None:
    """Other bytes of the same length, with the same modification time."""
    before = path.stat()
    path.write_bytes(bytes(reversed(path.read_bytes())))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_mtime_ns == before.st_mtime_ns


def rewrite_section(spec: Path) -> None:
    before = spec.stat()
    spec.write_text(spec.read_text().replace("Week", "Weak"))
    os.utime(spec, ns=(before.st_atime_ns, before.st_mtime_ns))


def replace(path: Path) -> None:
    """Another file in its place that looks the same but for its inode and change time."""
    other = path.with_name(f".{path.name}")
    shutil.copy2(path, other)
    other.replace(path)


def link(path: Path) -> None:
    target = path.with_name("other.txt")
    path.rename(target)
    path.symlink_to(target.name)


def an_output(course: CourseFolder) -> Path:
    return next((course.path / "output").rglob("a.txt"))


def renamed_output_folder(course: CourseFolder) -> None:
    folder = an_output(course).parent
    shutil.copytree(folder, folder.with_name("copy"))
    shutil.rmtree(folder)
    folder.symlink_to("copy")


CHANGES: dict[str, Callable[[CourseFolder], object]] = {
    "edit": lambda course: course.add("a/a.shout", "edited\n"),
    "same size and time": lambda course: rewrite(course.path_of("a/a.shout")),
    "data of same size and time": lambda course: rewrite(course.path_of("a/img/data.csv")),
    "other inode": lambda course: replace(course.path_of("a/a.shout")),
    "link": lambda course: link(course.path_of("a/a.shout")),
    "mode": lambda course: course.path_of("a/a.shout").chmod(0o600),
    "time set back": lambda course: os.utime(course.path_of("a/a.shout"), (1, 1)),
    "new file": lambda course: course.path_of("a/new.shout").write_text("n"),
    "new file in a folder": lambda course: course.path_of("a/img/new.csv").write_text("n"),
    "new hidden folder": lambda course: course.path_of("a/.git").mkdir(),
    "removed file": lambda course: course.path_of("a/img/data.csv").unlink(),
    "renamed topic": lambda course: course.path_of("b/b.gen").parent.rename(
        course.path_of("c/b.gen").parent.with_name("topic_200_b")
    ),
    "template": lambda course: rewrite(course.path / "templates" / "t.j2"),
    "new template": lambda course: (course.path / "templates" / "u.j2").write_text("u"),
    "file of a group": lambda course: rewrite(course.path / "extras" / "one.txt"),
    "new file of a group": lambda course: (course.path / "extras" / "two.txt").write_text("2"),
    "spec": lambda course: course.spec.write_text(course.spec.read_text() + "author: Ada\n"),
    "spec of same size and time": lambda course: rewrite_section(course.spec),
    "edited output": lambda course: rewrite(an_output(course)),
    "removed output": lambda course: an_output(course).unlink(),
    "removed folder of outputs": lambda course: shutil.rmtree(an_output(course).parent),
    "removed outputs": lambda course: shutil.rmtree(course.path / "output"),
    "link in place of a folder": renamed_output_folder,
    "lost record": lambda course: (course.own / "clm_outputs.db").unlink(),
    "lost cache": lambda course: (course.own / "clm_cache.db").unlink(),
}


def test_second_build_plans_nothing(builds: Builds) -> None:
    report, planned = builds.build()
    assert not planned and report.changed_nothing and report.ok
    assert report.files_unchanged == len(builds.course.outputs())


@pytest.mark.parametrize("change", CHANGES)
def test_change_is_planned(builds: Builds, change: str) -> None:
    CHANGES[change](builds.course)
    report, planned = builds.build()
    assert planned and report.is_complete, messages(report)


def test_change_of_variable_is_planned(builds: Builds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLM_SHOUT_FINGERPRINT", "shout 2")
    report, planned = builds.build()
    assert planned and outcomes(report)["a.shout"] == "built"


def test_terminal_changes_nothing(builds: Builds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "70")
    monkeypatch.setenv("SHLVL", "9")
    assert not builds.build()[1]


def test_other_folder_is_planned(builds: Builds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(builds.course.path)
    assert builds.build()[1]


def test_changed_tool_is_planned(builds: Builds, monkeypatch: pytest.MonkeyPatch) -> None:
    from clm_plugin_shout import plugin

    monkeypatch.setattr(plugin.fingerprint, "__code__", (lambda: "shout 3").__code__)
    report, planned = builds.build()
    assert planned and outcomes(report)["a.shout"] == "built"


@pytest.mark.parametrize(
    "options",
    [
        {"force": True},
        {"ignore_db": True},
        {"explain": True},
        {"dry_run": True},
        {"keep_directory": True},
        {"force_db_init": True},
        {"executors": ("direct",)},
    ],
)
def test_unusual_builds_are_planned(builds: Builds, options: dict[str, object]) -> None:
    assert builds.build(**options)[1]


def test_upgraded_plugin_is_planned(builds: Builds, shout: Path) -> None:
    for folder in shout.glob("*.dist-info"):
        folder.rename(folder.with_name(folder.name.replace("1.0", "2.0")))
    assert builds.build()[1]


def test_file_changed_meanwhile_not_kept(builds: Builds, monkeypatch: pytest.MonkeyPatch) -> None:
    course = builds.course
    course.add("a/a.shout", "edited\n")
    add_plan = session.plan_build

    def then_edited(*arguments: object) -> object:
        plan = add_plan(*arguments)
        rewrite(course.path_of("b/b.gen"))
        return plan

    monkeypatch.setattr(session, "plan_build", then_edited)
    builds.build()
    monkeypatch.setattr(session, "plan_build", add_plan)
    assert builds.build()[1]


def test_new_files_not_trusted(builds: Builds, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "_RACY_NS", 2_000_000_000)
    builds.course.add("a/a.shout", "edited\n")
    builds.build()
    assert builds.build()[1]


@pytest.mark.parametrize("seconds", [-3600, 3600])
def test_build_during_set_clock_not_kept(
    builds: Builds, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    builds.course.add("a/a.shout", "edited\n")
    now = clock.Clock.now()
    set_since = evolve(now, time_ns=now.time_ns + seconds * 10**9)
    with monkeypatch.context() as while_building:
        while_building.setattr(clock.Clock, "now", lambda: set_since)
        builds.build()
    assert builds.build()[1]


def test_report_is_as_planned(builds: Builds) -> None:
    kept, planned = builds.build()
    assert not planned
    (builds.course.own / "unchanged-course.yaml.json").unlink()
    full, planned = builds.build()
    assert planned
    for report in (kept, full):
        report.jobs = [evolve(job, correlation_id="") for job in report.jobs]
    fields = ("jobs", "problems", "files_unchanged", "outputs", "data_dir", "warnings")
    assert [getattr(kept, f) for f in fields] == [getattr(full, f) for f in fields]
    assert kept.warnings and kept.state() == full.state()
    assert kept.delivered() == full.delivered()


def test_events_are_as_planned(builds: Builds) -> None:
    kept, full = Recorder(), Recorder()
    builds.course.build(kept)
    (builds.course.own / "unchanged-course.yaml.json").unlink()
    builds.course.build(full)
    for recorder in (kept, full):
        recorder.finished = [evolve(job, correlation_id="") for job in recorder.finished]
    assert (kept.finished, kept.problems) == (full.finished, full.problems)


def test_last_build_lists_outputs(builds: Builds) -> None:
    before = load_last_build(builds.course.own)
    assert not builds.build()[1]
    after = load_last_build(builds.course.own)
    assert [output["path"] for output in after.delivered] == [o["path"] for o in before.delivered]
    assert after.began > before.began and not after.written


def test_lost_list_is_made_again(builds: Builds) -> None:
    before = load_last_build(builds.course.own).delivered
    (builds.course.own / "last-build.json").unlink()
    builds.build()
    after = load_last_build(builds.course.own).delivered
    assert [output["path"] for output in after] == [output["path"] for output in before]


@pytest.mark.parametrize("order", ["!raise broken", "!cannot-plan"])
def test_failing_course_is_planned(builds: Builds, order: str) -> None:
    builds.course.add("a/a.shout", f"{order}\n")
    for _ in range(2):
        report, planned = builds.build()
        assert planned and not report.ok


def test_warning_of_change_not_repeated(builds: Builds) -> None:
    next((builds.course.path / "output").rglob("b.made")).write_text("modified")
    builds.course.remove("b/b.gen")
    builds.course.add("b/c.shout", "c\n")
    first, _ = builds.build()
    second, _ = builds.build()
    third, planned = builds.build()
    assert "were modified" in messages(first)
    assert not planned and "were modified" not in messages(second) + messages(third)


DAMAGES: list[Callable[[dict[str, object]], object]] = [
    lambda kept: kept.pop("sources"),
    lambda kept: kept.update(sources=None),
    lambda kept: kept.update(outputs=["/", {}, ""]),
    lambda kept: kept.update(outputs=[]),
    lambda kept: kept.update(report={}),
    lambda kept: kept["report"].update(jobs=[[1]]),
    lambda kept: kept["report"].update(problems=[["text"]]),
    lambda kept: kept.update(tools={"nobody": ["", {}, 1]}),
    lambda kept: kept.clear(),
]


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_file_is_ignored(
    builds: Builds, damage: Callable[[dict[str, object]], object]
) -> None:
    file = builds.course.own / "unchanged-course.yaml.json"
    kept = read_json(file)
    damage(kept)
    write_json(file, kept)
    report, planned = builds.build()
    assert planned and report.ok


def test_unchanged_build_sweeps_folders(builds: Builds) -> None:
    # A persistent pool may have died since the build that left nothing to do.
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    left = builds.course.own / "work" / f"{dead.pid}-build" / "worker"
    left.mkdir(parents=True)
    _, was_planned = builds.build()
    assert not was_planned
    assert list((builds.course.own / "work").iterdir()) == []
