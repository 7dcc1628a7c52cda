"""Guarded calls of plugins' functions: an error in one fails only its source."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from attrs import define, evolve, field, frozen

from clm.builder.plan import BuildPlan
from clm.builder.planning.kept.checks import KeptChecks
from clm.builder.planning.plugins.request_checks import (
    InvalidRequestError,
    RequestRules,
    TopicSources,
    valid_requests,
)
from clm.errors import PLUGIN_FAULT, ClmError, Diagnostic, Place
from clm.jobs.job_type import CheckSource, JobType, Plan, ResolveLinks
from clm.jobs.planning import PlanContext
from clm.jobs.plugin_faults import fault, labelled
from clm.jobs.request import JobRequest, LinkTargets
from clm.jobs.source import SourceFile
from clm.plugins import PluginRegistry

_T = TypeVar("_T")


def call_plan(
    job_type: str,
    plan: Callable[[], Iterable[JobRequest]],
    rules: RequestRules,
    sources: TopicSources | None = None,
) -> tuple[list[JobRequest], tuple[Diagnostic, ...]]:
    """Call a planning function of the job type; return its requests, or diagnostics on failure.

    Only the requests of a topic, with its `sources`, may have outputs with a `topic_path`.
    """
    return _guarded(
        lambda: valid_requests(plan(), rules, sources),
        job_type,
        "plan",
        rules.plugins.get(job_type, ""),
    )


def call_public_text(
    job_type: JobType, read: Callable[[], Iterable[str]]
) -> tuple[list[str], tuple[Diagnostic, ...]]:
    """The texts of a source that students see, none if they cannot be read; faults of the plugin.

    What is wrong with the source itself is reported when it is planned.
    """
    texts, faults = _guarded(read, job_type.name, "read the text of")
    if not faults:
        return texts, ()
    return [], tuple(fault for fault in faults if fault.hint == PLUGIN_FAULT)


def call_has_private_content(
    job_type: JobType, source: SourceFile
) -> tuple[bool, tuple[Diagnostic, ...]]:
    """Whether a file has private content, which is assumed if the plugin fails; its faults."""
    look = job_type.has_private_content
    if look is None:
        return False, ()
    found, faults = _guarded(lambda: [look(source)], job_type.name, "look for private content in")
    return bool(faults) or any(found), faults


def call_resolve_links(
    request: JobRequest, resolve: ResolveLinks, targets: LinkTargets, rules: RequestRules
) -> tuple[list[JobRequest], tuple[Diagnostic, ...]]:
    """Call `resolve_links` of a job type; return the request, or diagnostics on failure."""

    def resolved() -> Iterable[JobRequest]:
        made = resolve(request, targets)
        if not isinstance(made, JobRequest):
            raise InvalidRequestError(f"`resolve_links` returned {made!r}, not a JobRequest")
        if (made.id, made.job_type, made.outputs) != (
            request.id,
            request.job_type,
            request.outputs,
        ):
            message = f"`resolve_links` changed the id or the outputs of {request.id!r}"
            raise InvalidRequestError(message)
        rules.check(evolve(made, outputs=()), None)
        return [made]

    label = rules.plugins.get(request.job_type, "")
    return _guarded(resolved, request.job_type, "resolve the links of", label)


@frozen(repr=False)
class _Check:
    """A check of a source that is planned, to be called with its requests."""

    job_type: str
    check: CheckSource
    source: SourceFile
    context: PlanContext

    def key(self, planned: tuple[JobRequest, ...], kept: KeptChecks) -> str | None:
        """The key of what it finds of the source with these requests."""
        return kept.key(self.job_type, self.source, self.context, planned)

    def found(
        self, planned: tuple[JobRequest, ...], kept: KeptChecks | None
    ) -> tuple[tuple[Diagnostic, ...], bool]:
        """What the check finds, and whether that is kept."""
        key = self.key(planned, kept) if kept else None
        known = kept.found(key) if kept and key else None
        if known is not None:
            return known, True
        call = partial(self.check, self.source, evolve(self.context, requests=planned))
        found, faults = _guarded(call, self.job_type, "check")
        place = Place(self.source.course_path)
        diagnostics = tuple(diagnostic.at(place) for diagnostic in (*found, *faults))
        # A failure is not kept: its cause may be outside of the course.
        is_kept = False
        if kept and key and not faults:
            is_kept = kept.keep(key, diagnostics, self.source, planned)
        return diagnostics, is_kept


@define(repr=False)
class SourceChecks:
    """Calls the checks of job types for all sources of a plan, unless the result is `kept`.

    They `are_certain` if the results of all were kept. `elsewhere` waits for the key and the
    findings of the check with a number, of so many, if another process carries it out.
    """

    kept: KeptChecks | None = None
    elsewhere: Callable[[int, int], tuple[str, Any] | None] | None = None
    are_certain: bool = field(default=True, init=False)
    _checks: list[_Check] = field(factory=list)

    def noting_sources(self, plugins: PluginRegistry) -> PluginRegistry:
        """The registry, with job types that note each source that is planned."""
        job_types = {name: self._noting(jt) for name, jt in plugins.job_types.items()}
        return evolve(plugins, job_types=job_types)

    def found(self, plan: BuildPlan) -> Iterator[Diagnostic]:
        """The diagnostics of the checks, which see the requests of the plan."""
        for _, found in self.found_by_source(plan):
            yield from found

    def found_by_source(
        self, plan: BuildPlan, wanted: Collection[str] | None = None
    ) -> Iterator[tuple[str, tuple[Diagnostic, ...]]]:
        """The same by the paths of sources in the course: of all, or of those `wanted`.

        A source comes once for each of its job types.
        """
        for number, item, own in self._with_requests(plan):
            if wanted is not None and item.source.course_path not in wanted:
                continue
            if self.elsewhere is not None and self.kept is not None:
                self.kept.add(self.elsewhere(number, len(self._checks)))
            diagnostics, is_kept = item.found(own, self.kept)
            self.are_certain = self.are_certain and is_kept
            yield item.source.course_path, diagnostics

    def found_of(
        self, plan: BuildPlan, kept: KeptChecks, wanted: Callable[[int, int], bool]
    ) -> Iterator[tuple[int, str, list[Any]]]:
        """The number, key and findings of the `wanted` checks, as far as these can be kept."""
        for number, item, own in self._with_requests(plan):
            key = item.key(own, kept) if wanted(number, len(self._checks)) else None
            if key and item.found(own, kept)[1]:
                yield number, key, kept.dumped(key)

    def _with_requests(
        self, plan: BuildPlan
    ) -> Iterator[tuple[int, _Check, tuple[JobRequest, ...]]]:
        requests: dict[tuple[str, str], list[JobRequest]] = {}
        for job in plan.jobs:
            requests.setdefault((job.job_type, job.source), []).append(job)
        for number, item in enumerate(self._checks):
            yield number, item, tuple(requests.get((item.job_type, item.source.course_path), ()))

    def _noting(self, job_type: JobType) -> JobType:
        check = job_type.check
        if check is None:
            return job_type
        return evolve(job_type, plan=self._plan(job_type.name, check, job_type.plan))

    def _plan(self, name: str, check: CheckSource, plan: Plan | None) -> Plan:
        def noted(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
            self._checks.append(_Check(name, check, source, context))
            return plan(source, context) if plan is not None else ()

        return noted


def _guarded(
    call: Callable[[], Iterable[_T]], job_type: str, action: str, plugin: str = ""
) -> tuple[list[_T], tuple[Diagnostic, ...]]:
    """The results of a function of the `plugin` with that label, or diagnostics on failure."""
    what = f"job type {job_type!r} failed to {action} the source"
    try:
        return list(call()), ()
    except ClmError as error:
        return [], labelled(error.diagnostics, plugin)
    except OSError as error:
        return [], (Diagnostic(_unreadable(error)),)
    except InvalidRequestError as error:
        message = f"{what}: {error}"
        message = f"{plugin}: {message}" if plugin else message
        return [], (Diagnostic(message, hint=PLUGIN_FAULT),)
    except Exception as error:
        return [], (fault(error, what, plugin),)


def _unreadable(error: OSError) -> str:
    name = f" ({Path(os.fsdecode(error.filename)).name})" if error.filename else ""
    return f"cannot be read: {error.strerror or error}{name}"
