"""Builds after edits of some topics: only these are planned, and all is as if all were.

`CLM_TEST_EDITS` is another number of random edits.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import frozen
from course_folder import CourseFolder, Recorder, messages, outcomes
from gather_plugin import add_gather

from clm.builder import BuildReport, Outcome
from clm.builder.outcome.last_build import load_last_build
from clm.builder.unchanged import clock
from clm.installed.kept import read_json, write_json

EDITS = int(os.environ.get("CLM_TEST_EDITS", "25"))
TEXTS = (
    "one\n",
    "two\n",
    "!warn mind\n",
    "!needs only_X.csv\n",
    "!relay only_X.csv\n",
    "!raise x\n",
)


@frozen
class Builds:
    """A course whose builds count the plans of all topics."""

    course: CourseFolder
    planned: list[str]

    @property
    def plans(self) -> int:
        return self.planned.count("plan_build")

    def edit(self, name: str, text: str) -> None:
        self.course.path_of(name).write_text(text)

    def build(self) -> BuildReport:
        return self.course.build()

    def build_part(self) -> BuildReport:
        """A build that must not plan all topics."""
        before = self.plans
        report = self.build()
        assert self.plans == before, messages(report)
        return report


@pytest.fixture
def builds(course: CourseFolder, plans: list[str]) -> Builds:
    made = Builds(course, plans)
    course.backend = "inline"
    for name in ("a", "b", "c"):
        course.add(f"{name}/{name}.shout", f"{name}\n")
        course.add(f"{name}/only_{name}.csv", "1\n")
    course.add("b/b.shout", "b\n!warn mind\n")
    assert made.build().ok and made.plans == 1
    return made


def test_edit_builds_only_topic(builds: Builds) -> None:
    builds.edit("a/a.shout", "edited\n")
    recorder = Recorder()
    report = builds.course.build(recorder)
    assert builds.plans == 1
    assert outcomes(report) == {
        "a.shout": Outcome.BUILT,
        "b.shout": Outcome.SKIPPED,
        "c.shout": Outcome.SKIPPED,
    }
    assert recorder.finished == report.jobs and "mind" in messages(report)
    assert builds.course.texts("a.txt") == {"EDITED\n"}
    assert report.files_written + report.files_unchanged == len(builds.course.outputs())
    listed = load_last_build(builds.course.own)
    assert {Path(out["path"]).name for out in listed.written} == {"a.txt"}
    assert len(listed.delivered) == len(builds.course.outputs())


def test_edited_copy_delivered(builds: Builds) -> None:
    builds.edit("a/only_a.csv", "2\n")
    assert builds.build_part().ok
    assert builds.course.texts("only_a.csv") == {"2\n"}


def test_next_build_has_outcome(builds: Builds) -> None:
    builds.edit("a/a.shout", "!warn new\n")
    builds.build_part()
    for _ in range(2):
        report = builds.build_part()
        assert report.changed_nothing and "new" in messages(report) and "mind" in messages(report)


def test_recent_edit_planned_again(builds: Builds, monkeypatch: pytest.MonkeyPatch) -> None:
    # A file may be written again without a new timestamp.
    monkeypatch.setattr(clock, "_RACY_NS", 10**18)
    builds.edit("a/a.shout", "edited\n")
    for count in (1, 2):
        assert builds.build_part().ok and builds.planned.count("plan_part") == count


def test_file_in_new_folder_seen(builds: Builds) -> None:
    folder = builds.course.path_of("a/new")
    folder.mkdir()
    builds.build()
    (folder / "more.csv").write_text("1\n")
    builds.build()
    assert builds.course.texts("more.csv") == {"1\n"}


def test_failure_then_mended(builds: Builds) -> None:
    builds.edit("a/a.shout", "!raise broken\n")
    for _ in range(2):
        report = builds.build()
        assert not report.ok and "mind" in messages(report)
        assert len(load_last_build(builds.course.own).delivered) == len(report.delivered()) > 0
    builds.edit("a/a.shout", "mended\n")
    assert builds.build().ok and builds.course.texts("a.txt") == {"MENDED\n"}


CHANGES: dict[str, Callable[[CourseFolder], object]] = {
    "new file": lambda course: course.path_of("a/new.csv").write_text("n"),
    "removed file": lambda course: course.path_of("a/only_a.csv").unlink(),
    "conflict copy": lambda course: course.path_of("a/a.sync-conflict-1.shout").write_text("n"),
    "other outputs": lambda course: course.path_of("a/a.shout").write_text("!apart\n"),
    "unplannable": lambda course: course.path_of("a/a.shout").write_text("!cannot-plan\n"),
    "template": lambda course: course.add("templates/t.j2", "t"),
    "spec": lambda course: course.spec.write_text(course.spec.read_text() + "author: Ada\n"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_other_changes_plan_all(builds: Builds, change: str) -> None:
    CHANGES[change](builds.course)
    builds.build()
    assert builds.plans == 2


def test_file_of_group_plans_all(builds: Builds) -> None:
    folder = "slides/module_100_tests/topic_100_a"
    builds.course.more_spec = f"dir-groups:\n- {{path: {folder}, name: {{de: E, en: E}}}}\n"
    builds.course.write_spec()
    builds.build()
    builds.edit("a/only_a.csv", "2\n")
    builds.build()
    assert builds.plans == 3 and builds.course.texts("only_a.csv") == {"2\n"}


DAMAGES: dict[str, Callable[[dict[str, object]], object]] = {
    "nothing": lambda known: known.clear(),
    "number": lambda known: known.update(counts=[7]),
    "topics": lambda known: known.update(topics=[[]]),
    "digest": lambda known: known["topics"][0].__setitem__(2, ""),
    "folders": lambda known: known.update(folders=3),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_topics_are_ignored(builds: Builds, damage: str) -> None:
    file = builds.course.own / "unchanged-course.yaml.json"
    kept = read_json(file)
    DAMAGES[damage](kept["topics"])
    write_json(file, kept)
    builds.edit("a/a.shout", "edited\n")
    assert builds.build().ok and builds.plans == 2
    assert builds.course.texts("a.txt") == {"EDITED\n"}


@pytest.fixture
def gathered(shout: Path, builds: Builds, monkeypatch: pytest.MonkeyPatch) -> Builds:
    """A course with a job that gathers all outputs, and one that needs the output of that."""
    add_gather(shout, monkeypatch)
    assert builds.build().ok and builds.plans == 2
    return builds


def test_jobs_of_course_run_again(gathered: Builds) -> None:
    for text in ("EDITED\n", "AGAIN\n"):
        gathered.edit("a/a.shout", text)
        report = gathered.build_part()
        assert outcomes(report)["course.yaml"] is Outcome.BUILT
        assert outcomes(report)["b.shout"] is Outcome.SKIPPED
        for name in ("all.txt", "again.txt"):
            assert text in next(iter(gathered.course.texts(name)))
        assert {Path(o.path).name for o in report.written()} == {"a.txt", "all.txt", "again.txt"}
        assert gathered.build_part().changed_nothing


def test_other_request_plans_all(gathered: Builds) -> None:
    file = gathered.course.own / "unchanged-course.yaml.json"
    kept = read_json(file)
    consumer = json.loads(zlib.decompress(b64decode(kept["consumers"][0])))
    consumer[2] = consumer[2].replace("a.txt", "z.txt")  # another payload
    kept["consumers"][0] = b64encode(zlib.compress(json.dumps(consumer).encode())).decode()
    write_json(file, kept)
    gathered.edit("a/a.shout", "edited\n")
    assert gathered.build().ok and gathered.plans == 3


@pytest.mark.parametrize("kept", [None, [""], ["AAAA"], [3], 3])
def test_damaged_consumers_plan_all(gathered: Builds, kept: object) -> None:
    file = gathered.course.own / "unchanged-course.yaml.json"
    write_json(file, {**read_json(file), "consumers": kept})
    gathered.edit("a/a.shout", "edited\n")
    assert gathered.build().ok and gathered.plans == 3


@pytest.mark.integration
def test_edits_built_as_from_nothing(builds: Builds, tmp_path: Path) -> None:
    course, chance = builds.course, random.Random(4)
    parts = 0
    for number in range(EDITS):
        topic = chance.choice("abc")
        name = chance.choice((f"{topic}/{topic}.shout",) * 6 + (f"{topic}/only_{topic}.csv",))
        is_text = name.endswith("shout")
        if not is_text and course.path_of(name).exists() and chance.random() < 0.3:
            course.path_of(name).unlink()
        else:
            weights = (8, 8, 4, 1, 1, 1)
            text = "".join(chance.choices(TEXTS, weights, k=2)) if is_text else f"{number % 3}"
            builds.edit(name, text.replace("X", topic))
        before = builds.plans
        report, fresh = builds.build(), CourseFolder(tmp_path / f"fresh{number}", backend="inline")
        parts += builds.plans == before
        shutil.copytree(course.path, fresh.path, ignore=shutil.ignore_patterns("output", ".clm"))
        expected = fresh.build()
        assert report.ok == expected.ok, number
        if report.ok:
            assert course.outputs() == fresh.outputs(), number
            assert {*messages(report).split("\n")} == {*messages(expected).split("\n")}, number
        shutil.rmtree(fresh.path)
    assert parts > EDITS // 3, parts
