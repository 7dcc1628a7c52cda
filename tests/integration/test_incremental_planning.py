"""Incremental planning and checking, which must give what planning from nothing gives.

Random edits of all that may enter a plan; `CLM_TEST_EDITS` is another number of them.
"""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

import pytest
from attrs import define, evolve, field
from random_course import RandomCourse

from clm.builder.digests import FileDigests
from clm.builder.plan import BuildPlan
from clm.builder.planning.planner import plan_build
from clm.builder.planning.replanning.early_plan import early_plan
from clm.builder.planning.replanning.kept_consumers import KeptConsumer, dumped_consumers
from clm.builder.planning.replanning.known_topics import known_topics
from clm.builder.planning.replanning.part import plan_part
from clm.builder.planning.topics.topic_plans import TopicPlans
from clm.builder.unchanged import clock, edited_findings
from clm.builder.unchanged.clock import Clock
from clm.builder.unchanged.sources import (
    changed_folders,
    has_same_files,
    sources_of,
    with_states_of,
)
from clm.builder.validation import course as validation
from clm.builder.validation.course import validate_course
from clm.course.course import Course
from clm.course.syntax.reader import load_spec, read_spec
from clm.errors import ClmError
from clm.installed.kept import read_json
from clm.plugins import PluginRegistry

EDITS = int(os.environ.get("CLM_TEST_EDITS", "25"))


@pytest.fixture(scope="module")
def plugins() -> PluginRegistry:
    return PluginRegistry.load({"CLM_LOAD_PLUGINS": "notebook,plantuml,site"}, for_builds=True)


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def planned(
    course: Path, plugins: PluginRegistry, topics: TopicPlans | None
) -> tuple[object, object]:
    """The plan of the course, or the messages of the error that prevents it."""
    spec, problems = read_spec(course)
    assert spec is not None
    try:
        found, missing = Course.find(spec)
        return missing, plan_build(found, plugins, FileDigests(), topic_plans=topics)
    except ClmError as error:
        return problems, error.diagnostics


def changed_jobs(former: BuildPlan, new: BuildPlan) -> set[str]:
    """The jobs of the new plan with other requests, or inputs that such jobs make."""
    known, found = {job.id: job for job in former.jobs}, set()
    for job in new.jobs:
        if job != known.get(job.id) or not found.isdisjoint(job.producers):
            found.add(job.id)
    return found


@pytest.mark.integration
def test_edits_planned_as_from_nothing(tmp_path: Path, plugins: PluginRegistry) -> None:
    course = RandomCourse(tmp_path, random.Random(1))
    topics = TopicPlans()
    spec, last = tmp_path / "course.yaml", BuildPlan((), ())
    begun_early = of_topics = 0
    for number in range(EDITS * 4):
        before, edit = contents(tmp_path), course.edit()
        changed = {path for path, _ in before.items() ^ contents(tmp_path).items()}
        early = early_plan(topics, last, changed)
        expected = planned(spec, plugins, None)
        if early.plan is not None:
            assert (expected[0], early.plan) == expected, f"edit {number}: {edit}"
            of_topics += 1
        else:
            assert planned(spec, plugins, topics) == expected, f"edit {number}: {edit}"
        former = last
        last = expected[1] if isinstance(expected[1], BuildPlan) else BuildPlan((), ())
        begun_early += bool(early.jobs)
        assert all(job in last.jobs for job in early.jobs), f"edit {number}: {edit}"
        if early.plan is not None:
            assert all(copy in last.copies for copy in early.copies)
            ran = {job.id for job in (*early.jobs, *early.consumers)}
            assert changed_jobs(former, last) <= ran, f"edit {number}: {edit}"
    assert begun_early > EDITS // 10 and of_topics > EDITS // 10


@define
class Kept:
    """What is kept of a plan on disk, from which the next one is made if that is possible."""

    folder: Path
    plugins: PluginRegistry
    last: BuildPlan = field(factory=lambda: BuildPlan((), ()))
    data: str = "null"

    def next_plan(self) -> BuildPlan | None:
        """The plan after an edit; None if the course must be planned again."""
        kept = json.loads(self.data)
        try:
            folders = changed_folders(kept["sources"]) if kept else [""]
            if folders == []:
                return self.last
            if "" in folders:
                return None
            spec = load_spec(self.folder / "course.yaml")
            part = plan_part(kept["topics"], folders, spec, self.plugins)
        except (ClmError, OSError, ValueError):
            return None
        if part is None or not has_same_files(kept["sources"], part.course):
            return None
        kept["sources"] = with_states_of(kept["sources"], folders, Clock.now())
        self.data = json.dumps(kept)
        jobs = {job.id: job for job in part.plan.jobs}
        for consumer in map(KeptConsumer.loaded, kept["consumers"]):
            jobs[consumer.request.id] = consumer.with_payload(self.plugins.job_types)
        copies = {(copy.file.path, copy.destinations): copy for copy in part.plan.copies}
        self.last = evolve(
            self.last,
            jobs=tuple(jobs.get(job.id, job) for job in self.last.jobs),
            copies=tuple(copies.get((c.file.path, c.destinations), c) for c in self.last.copies),
        )
        return self.last

    def keep(self) -> None:
        """Plan the course from nothing, and keep that."""
        spec, problems = read_spec(self.folder / "course.yaml")
        self.data = "null"
        assert spec is not None
        try:
            course, missing = Course.find(spec)
            topics = TopicPlans()
            self.last = plan_build(course, self.plugins, FileDigests(), topic_plans=topics)
        except ClmError:
            return
        sources = sources_of(course, Clock.now())
        if sources is not None and not (missing or problems):
            known = known_topics(topics, self.last, course)
            of_topics = {job.id for item in topics.planned.values() for job in item.plan.jobs}
            consumers = dumped_consumers(self.last, of_topics, self.plugins.job_types)
            kept = {"sources": sources, "topics": known, "consumers": consumers}
            self.data = json.dumps(kept if known and consumers is not None else None)


@pytest.mark.integration
def test_kept_topics_planned_as_from_nothing(
    tmp_path: Path, plugins: PluginRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "_RACY_NS", 0)  # new files are trusted
    course, kept = RandomCourse(tmp_path, random.Random(3)), Kept(tmp_path, plugins)
    in_parts = 0
    for number in range(EDITS * 4):
        edit = course.edit()
        found = kept.next_plan()
        if found is None:
            kept.keep()
            course.is_faulty = not json.loads(kept.data)
            continue
        in_parts += 1
        assert ((), found) == planned(tmp_path / "course.yaml", plugins, None), f"{number}: {edit}"
    assert in_parts > EDITS, in_parts  # a quarter


@pytest.mark.integration
def test_edits_checked_as_from_nothing(
    tmp_path: Path, plugins: PluginRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    # New files are trusted, so that what was found of the whole course is kept, too.
    monkeypatch.setattr(clock, "_RACY_NS", 0)
    in_parts: list[bool] = []

    def noted(*arguments: Any) -> Any:
        found = edited_findings.edited_findings(*arguments)
        in_parts.append(found is not None)
        return found

    monkeypatch.setattr(validation, "edited_findings", noted)
    course = RandomCourse(tmp_path, random.Random(2))
    spec, own = tmp_path / "course.yaml", tmp_path / ".clm"
    own.mkdir()
    kept = 0
    for number in range(EDITS):
        edit = course.edit()
        found = validate_course(spec, plugins)
        assert validate_course(spec, plugins) == found, f"edit {number}: {edit}"
        topics = read_json(own / "findings-course.yaml.json").get("topics")
        kept, course.is_faulty = kept + bool(topics), not topics
        own.rename(tmp_path / "aside")
        assert found == validate_course(spec, plugins), f"edit {number}: {edit}"
        (tmp_path / "aside").rename(own)
    assert kept > EDITS // 2 and sum(in_parts) > EDITS // 4, (kept, sum(in_parts))
