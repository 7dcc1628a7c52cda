"""Contract tests for what a plugin does beside converting: its names, claims, and conduct."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import ClassVar

import click
import pytest
from attrs import evolve
from click.testing import CliRunner

from clm.builder.plan import BuildPlan
from clm.course.paths.portable_names import unportable_reason
from clm.jobs.request import JobRequest
from clm.plugins import PluginRegistry
from clm.plugins.claims import claim_conflicts
from clm.testing.conduct import ObservedConduct
from clm.testing.conversions import Converter
from clm.testing.course_project import CourseProject
from clm.testing.samples import Sample

_TARGETS = """
output-targets:
  - {{path: students, kinds: [completed], formats: [{formats}]}}
  - {{path: teachers, kinds: [speaker], formats: [{formats}]}}
"""
_STAGE_OF_DECKS = 1  # where the samples need no plugin for decks; the guide has it, too
_TARGET_FOLDERS = ("students", "teachers")


class ConductContract:
    """A part of `PluginContract`."""

    plugin: ClassVar[str]
    job_type: ClassVar[str] = ""
    samples: ClassVar[Sequence[Sample]] = ()
    commands: ClassVar[Sequence[Sequence[str]]] = ()

    # -- names and claims -----------------------------------------------------------------------

    def test_claims_no_files_of_other_plugins(self) -> None:
        conflicts = map(str, claim_conflicts(PluginRegistry.load()))
        name = repr(self.job_type or self.plugin)
        assert [conflict for conflict in conflicts if name in conflict] == []

    def test_names_of_outputs_portable(self, clm_converter: Converter, sample: Sample) -> None:
        for path in _paths(self._own_jobs(clm_converter, sample)):
            faults = [reason for part in path.parts if (reason := unportable_reason(part))]
            assert faults == [], f"Windows refuses {str(path)!r}"

    def test_topics_with_same_names_do_not_collide(
        self, clm_converter: Converter, sample: Sample
    ) -> None:
        plan = clm_converter.plan(_with_second_topics(sample), self.job_type or self.plugin)
        ids = [job.id for job in plan.jobs]
        assert len(set(ids)) == len(ids), "two jobs have the same id"
        assert _faults(plan) == []
        for job in plan.jobs:
            if job.job_type == (self.job_type or self.plugin):
                # The second of two sources that want the same path does not get it.
                for output in job.outputs:
                    assert output.destinations or output.topic_path, (
                        f"an output of {job.source} has the path of another one; "
                        "put `context.topic_id` into its path"
                    )

    def test_files_of_topic_planned_before_decks(
        self, clm_converter: Converter, sample: Sample
    ) -> None:
        for job in self._own_jobs(clm_converter, sample):
            job_type = clm_converter.plugins.job_type(job.job_type)
            decks = [jt for jt in clm_converter.plugins.job_types.values() if jt.numbered]
            stage = min((jt.stage for jt in decks), default=_STAGE_OF_DECKS)
            if job_type.numbered or job_type.stage < stage:
                continue
            for output in job.outputs:
                # A source that its own job delivers is there from the beginning.
                own = output.topic_path is not None and job.source.endswith(f"/{output.topic_path}")
                assert output.topic_path is None or own, (
                    f"decks cannot use {output.topic_path}: its job type {job_type.name!r} has "
                    f"stage={job_type.stage}, and decks are planned in stage {stage}; "
                    f"set stage={stage - 1} in the JobType"
                )

    def test_outputs_in_both_kinds_of_tree(self, clm_converter: Converter) -> None:
        sample = self.samples[0]
        job_type = clm_converter.plugins.job_type(self.job_type or self.plugin)
        if "output-targets" not in sample.more_spec:
            jobs = self._own_jobs(clm_converter, sample)
            assert all(path.parts[0] in ("public", "speaker") for path in _destinations(jobs))
        formats = ", ".join(item.name for item in job_type.formats)
        if formats and "output-targets" not in sample.more_spec:
            more = sample.more_spec + _TARGETS.format(formats=formats)
            jobs = self._own_jobs(clm_converter, evolve(sample, more_spec=more))
            assert {path.parts[0] for path in _destinations(jobs)} <= set(_TARGET_FOLDERS)

    def test_commands_have_help(self, clm_converter: Converter) -> None:
        for name, command in self._own_commands(clm_converter).items():
            result = CliRunner().invoke(command, ["--help"], prog_name=f"clm {name}")
            assert result.exit_code == 0, result.output
            assert command.get_short_help_str(), f"the command {name!r} has no help"

    def test_option_json_is_flag(self, clm_converter: Converter) -> None:
        for name, command in self._own_commands(clm_converter).items():
            for option in command.params:
                if isinstance(option, click.Option) and "--json" in option.opts:
                    assert option.is_flag, f"--json of {name!r} takes a value; use `json_option`"

    def test_commands_print_one_json_document(
        self,
        clm_converter: Converter,
        course_project: Callable[..., CourseProject],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        commands = self._own_commands(clm_converter)
        for name, *arguments in self.commands:
            sample = self.samples[0]
            settings = {self.plugin: sample.settings} if sample.settings else {}
            project = course_project(
                sample.files, settings=settings, more_spec=sample.more_spec, plugins=[self.plugin]
            )
            assert project.build().ok
            monkeypatch.chdir(project.spec.parent)
            result = CliRunner().invoke(commands[name], [*arguments, "--json"])
            assert result.exception is None, f"{name}: {result.exception!r} {result.stderr}"
            _assert_document(name, result.stdout)

    # -- conduct --------------------------------------------------------------------------------

    def test_nothing_written_elsewhere(self, clm_conduct: ObservedConduct) -> None:
        assert sorted(set(clm_conduct.seen.written)) == []

    def test_nothing_left_outside_job_folder(self, clm_conduct: ObservedConduct) -> None:
        assert list(clm_conduct.left) == []

    def test_process_unchanged(self, clm_conduct: ObservedConduct) -> None:
        assert sorted(set(clm_conduct.seen.changed)) == []

    def test_no_network_used(self, clm_conduct: ObservedConduct) -> None:
        assert sorted(set(clm_conduct.seen.connected)) == []

    def test_started_processes_end(self, clm_conduct: ObservedConduct) -> None:
        assert list(clm_conduct.processes) == []

    def _own_commands(self, converter: Converter) -> Mapping[str, click.Command]:
        plugin = converter.plugins.plugin(self.plugin)
        assert plugin is not None
        group = click.Group()
        if plugin.offer is not None:
            plugin.offer.hooks.add_commands(group)
        return group.commands

    def _own_jobs(self, converter: Converter, sample: Sample) -> list[JobRequest]:
        name = self.job_type or self.plugin
        plan = converter.plan(sample, name)
        assert _faults(plan) == []
        return [job for job in plan.jobs if job.job_type == name]


def _assert_document(name: str, text: str) -> None:
    what = f"{name!r} with --json does not print one JSON document with `version`"
    try:
        document = json.loads(text)
    except ValueError as error:
        raise AssertionError(f"{what}: {error}: {text[:200]!r}") from error
    assert isinstance(document, dict) and "version" in document, what


def _faults(plan: BuildPlan) -> list[str]:
    of_sources = [str(message) for source in plan.failed for message in source.diagnostics]
    return of_sources + [str(problem) for problem in plan.problems if problem.severity == "error"]


def _destinations(jobs: Sequence[JobRequest]) -> list[PurePosixPath]:
    return [path for job in jobs for output in job.outputs for path in output.destinations]


def _paths(jobs: Sequence[JobRequest]) -> list[PurePosixPath]:
    generated = [output.topic_path for job in jobs for output in job.outputs]
    return [*_destinations(jobs), *(path for path in generated if path is not None)]


def _with_second_topics(sample: Sample) -> Sample:
    """The sample with a second topic for each, whose files have the same names and other bytes."""
    files = dict(sample.files)
    for name, content in sample.files.items():
        topic, _, rest = name.partition("/")
        if topic not in ("plugins", "slides", "templates"):
            changed = content + "\n" if isinstance(content, str) else content + b"\n"
            files[f"{topic}-again/{rest}"] = changed
    return evolve(sample, files=files)
