"""What is up to date of a course's outputs, without building anything."""

from __future__ import annotations

from contextlib import suppress

from attrs import define, evolve, field

from clm import event_loop
from clm.backends.paths import ClmPaths
from clm.builder.options import BuildOptions
from clm.builder.outcome.last_build import load_last_build
from clm.builder.report import Action, BuildListener, BuildReport, Explanation
from clm.builder.sessions.opening import open_session
from clm.builds import FinishedBuild
from clm.course.course import Course
from clm.errors import UsageError
from clm.plugins import PluginRegistry


@define
class _Outdated(BuildListener):
    """Notes what a build would have to do."""

    jobs: set[str] = field(factory=set)
    anything: bool = False

    def explained(self, explanation: Explanation) -> None:
        if explanation.action is not Action.SKIP:
            self.anything = True
            self.jobs.add(explanation.id)


def inspect_build(options: BuildOptions, plugins: PluginRegistry, course: Course) -> FinishedBuild:
    """The view of what earlier builds delivered, as far as it is what a build would deliver now.

    It is `ok` if a build would have nothing to do. Its outputs are `written` if the last build
    wrote them.
    """
    return event_loop.run(_inspect(evolve(options, dry_run=True), plugins, course))


async def _inspect(options: BuildOptions, plugins: PluginRegistry, course: Course) -> FinishedBuild:
    report, outdated = BuildReport(dry_run=True), _Outdated()
    async with open_session(options, plugins) as session:
        await session.build(course, outdated, report)
        assert session.delivered is not None  # since the build was carried out
        delivered = evolve(
            session.delivered(), written_paths=_written(options), outdated=frozenset(outdated.jobs)
        )
        return delivered.view(options, report, ok=report.ok and not outdated.anything)


def _written(options: BuildOptions) -> frozenset[str]:
    """The outputs that the last build wrote."""
    with suppress(UsageError):  # there was none
        last = load_last_build(ClmPaths.of(options.spec_path, options.db_path).folder)
        return frozenset(str(output["path"]) for output in last.written)
    return frozenset()
