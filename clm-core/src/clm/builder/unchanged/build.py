"""The outcome of a build that left nothing to do, given again as long as nothing has changed.

A build that has this outcome reads and plans nothing: it looks at the states of all sources and
outputs. Whatever is unclear is planned as ever.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from attrs import evolve, frozen

from clm.backends.paths import ClmPaths
from clm.builder.hooks import has_hooks
from clm.builder.options import BuildOptions
from clm.builder.planning.kept.diagnostics import dumped_diagnostic, loaded_diagnostic
from clm.builder.report import BuildListener, BuildReport, JobReport, Outcome, OutputPlace
from clm.builder.unchanged.basis import basis_of
from clm.builder.unchanged.clock import Clock
from clm.builder.unchanged.sources import changed_folders, sources_of
from clm.builder.unchanged.states import by_folder, digest_of, states_of_outputs
from clm.errors import ClmError
from clm.installed.kept import read_json, write_json
from clm.jobs.tools import Tools
from clm.plugins import PluginRegistry
from clm.plugins.fingerprint import tools_of

if TYPE_CHECKING:
    from clm.builder.plan import BuildPlan
    from clm.builder.planning.topics.topic_plans import TopicPlans
    from clm.course.course import Course

# Backends that run jobs with the tools of this machine.
_OF_THIS_MACHINE = ("sqlite", "inline")
# Options that have no influence on the outcome of a build without a job to run.
_WITHOUT_INFLUENCE = ("jobs", "poll_interval", "stall_limit", "lease_seconds", "log_level")


@frozen(eq=False, repr=False)
class Done:
    """A build that was carried out: its course and plan, and the tools that were asked.

    `topics` are the topics as they were planned. `outputs` are the paths of all files that are
    recorded as its own, relative to `root`, of which
    `in_sets` is the number of those whose names the results of jobs tell.
    """

    course: Course
    plan: BuildPlan
    root: Path
    outputs: frozenset[str]
    in_sets: int
    tools: Mapping[str, Tools]
    topics: TopicPlans


def kept_report(
    options: BuildOptions,
    plugins: PluginRegistry,
    listener: BuildListener,
    command: str | None = None,
) -> BuildReport | None:
    """The report of a build, if the last one left nothing to do and nothing has changed since.

    The listener is told as in any build. The report collects no outputs, unless it is one of a
    `command`, which names what that has built of the course.
    """
    basis = basis_of_build(options, plugins, command)
    if basis is None:
        return None
    kept = read_json(file_of(options, command))
    if kept.get("basis") != basis:
        return None
    try:
        if changed_folders(kept["sources"]) or not _is_as_left(options, plugins, kept):
            return None
        report = report_of(kept["report"], options)
        if command is not None:
            from clm.builder.unchanged.outputs import loaded_outputs  # `clm build` lists none

            found = loaded_outputs(kept["delivered"], Path(kept["outputs"][0]))
            report.delivered = lambda: found
    except (ClmError, OSError, KeyError, IndexError, TypeError, ValueError, OverflowError):
        return None  # something is gone, or the file is damaged
    for problem in report.problems:
        listener.problem(problem)
    files, suffixes = int(kept["report"]["files"]), dict(kept["report"]["suffixes"])
    listener.planned(Counter(job.job_type for job in report.jobs), files, suffixes)
    for job in report.jobs:
        listener.job_finished(job)
    return report


def keep_report(
    options: BuildOptions,
    plugins: PluginRegistry,
    done: Done,
    report: BuildReport,
    began: Clock,
    command: str | None = None,
) -> None:
    """Keeps the report of a build that has ended, if the next one will have nothing to do."""
    if not _left_nothing(done, report):
        return
    basis = basis_of_build(options, plugins, command)
    sources = sources_of(done.course, began) if basis else None
    if sources is None:
        return
    try:
        kept = {
            "basis": basis,
            "sources": sources,
            "outputs": _outputs(done),
            "databases": states_of_databases(options),
            "tools": {name: _as_data(tools) for name, tools in done.tools.items()},
            "report": _report_data(report, done),
        }
        if command is None:
            # As in any plan.
            from clm.builder.planning.replanning.kept_consumers import dumped_consumers
            from clm.builder.planning.replanning.known_topics import known_topics

            kept["topics"] = known_topics(done.topics, done.plan, done.course)
            of_topics = {job.id for item in done.topics.planned.values() for job in item.plan.jobs}
            kept["consumers"] = dumped_consumers(done.plan, of_topics, plugins.job_types)
        else:
            from clm.builder.unchanged.outputs import dumped_outputs  # likewise

            kept["delivered"] = dumped_outputs(report.delivered())
    except (ClmError, OSError, KeyError, ValueError):
        return  # something is gone already, or is no text
    file = file_of(options, command)
    if read_json(file) != json.loads(json.dumps(kept)):  # a build without a change writes nothing
        write_json(file, kept)


def basis_of_build(
    options: BuildOptions, plugins: PluginRegistry, command: str | None = None
) -> str | None:
    """The digest of all but files that a build depends on; None if its outcome is not kept."""
    if options.backend not in _OF_THIS_MACHINE or os.environ.get("CLM_SHARED_CACHE"):
        return None
    plain = BuildOptions(options.spec_path, options.output_dir, options.data_dir, options.backend)
    plain = evolve(plain, db_path=options.db_path, strict=options.strict)
    plain = evolve(plain, **{name: getattr(options, name) for name in _WITHOUT_INFLUENCE})
    if options != plain or has_hooks(plugins, options):
        return None
    paths = (options.spec_path, options.output_dir, options.data_dir, options.db_path)
    return basis_of(plugins, "build", command, options.backend, *map(str, paths))


def file_of(options: BuildOptions, command: str | None = None) -> Path:
    paths = ClmPaths.of(options.spec_path, options.db_path)
    if command is None:
        return paths.unchanged_of(options.spec_path)
    return paths.unchanged_for_command(options.spec_path, options.output_dir)


def _left_nothing(done: Done, report: BuildReport) -> bool:
    spec, plan = done.course.spec, done.plan
    if spec.executors or spec.write_images or not plan.complete or plan.failed:
        return False
    if not report.is_complete or report.earlier_failures:
        return False
    # Some warnings are those of a change: the next build would not repeat them.
    lasting = [*done.course.warnings, *plan.problems]
    return report.changed_nothing or report.problems == lasting


def _is_as_left(options: BuildOptions, plugins: PluginRegistry, kept: Any) -> bool:
    """Whether outputs, databases and tools are as the last build left them."""
    if not are_tools_and_databases_same(options, plugins, kept):
        return False
    root, names, digest = kept["outputs"]
    return digest_of(states_of_outputs(root, names)) == str(digest)


def are_tools_and_databases_same(options: BuildOptions, plugins: PluginRegistry, kept: Any) -> bool:
    """Whether these, and the folder of the outputs, are what they were for the last build."""
    tools = kept["tools"].items()
    if any(_as_data(tools_of(plugins, name, was[1])) != was for name, was in tools):
        return False
    root: str = kept["outputs"][0]
    return states_of_databases(options) == kept["databases"] and os.path.realpath(root) == root


def _outputs(done: Done) -> list[Any]:
    # The plan does not have the files in sets.
    names = by_folder(sorted(done.outputs | done.plan.destinations))
    for folder in list(names):
        while folder:
            folder = os.path.dirname(folder)  # noqa: PTH120  # texts, as in `by_folder`
            names.setdefault(folder, [])
    return [str(done.root), names, digest_of(states_of_outputs(str(done.root), names))]


def states_of_databases(options: BuildOptions) -> list[Any]:
    """The states of the record of outputs and of the cache, which any build may change."""
    paths = ClmPaths.of(options.spec_path, options.db_path)
    files = [paths.outputs_db, paths.cache_db]
    return [_state(Path(f"{file}{suffix}")) for file in files for suffix in ("", "-wal")]


def _state(path: Path) -> list[int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return [found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns]


def _as_data(tools: Tools) -> list[Any]:
    return [tools.fingerprint, dict(tools.environment), tools.payload_version]


def _report_data(report: BuildReport, done: Done) -> dict[str, Any]:
    """What a build would report that finds the outputs of this one, in the order of the plan."""
    plan = done.plan
    found = {job.id: map(dumped_diagnostic, job.diagnostics) for job in report.jobs}
    files = sum(len(copy.destinations) for copy in plan.copies)
    made = sum(len(output.destinations) for job in plan.jobs for output in job.outputs)
    return {
        "jobs": [(job.id, job.job_type, job.source, *found[job.id]) for job in plan.jobs],
        "problems": [dumped_diagnostic(problem) for problem in report.problems],
        "unchanged": made + files + len(plan.shared) + done.in_sets,
        "outputs": [(place.target, place.folder) for place in report.outputs],
        "data_dir": str(report.data_dir),
        "files": files,
        "suffixes": dict(plan.copied_suffixes),
        "state": report.state(),
    }


def report_of(data: Any, options: BuildOptions) -> BuildReport:
    """The report of a build that finds all outputs as they are kept."""
    jobs = [
        JobReport(job, kind, source, Outcome.SKIPPED, tuple(map(loaded_diagnostic, found)))
        for job, kind, source, *found in data["jobs"]
    ]
    state = str(data["state"])
    return BuildReport(
        jobs,
        [loaded_diagnostic(problem) for problem in data["problems"]],
        files_unchanged=int(data["unchanged"]),
        strict=options.strict,
        outputs=tuple(OutputPlace(target, folder) for target, folder in data["outputs"]),
        data_dir=Path(data["data_dir"]),
        state=lambda: state,
    )
