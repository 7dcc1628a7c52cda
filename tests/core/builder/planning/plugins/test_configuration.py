"""Plugins that cannot be configured, or do not tell mirrors: only their sources fail."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NoReturn

from attrs import evolve
from deck_plans import DECK, DRAWING, PlanOf, by_source, copied

from clm import JobRequest, JobType, PageLinks, PlanContext, SourceFile
from clm.errors import PluginLoadError, Severity


def fail(*arguments: Any) -> NoReturn:
    raise PluginLoadError("plugin 'x' of clm-x 1: job type failed", plugin="x")


def failures(plan_of: PlanOf, drawing: JobType) -> set[str]:
    """The sources that fail, beside a deck that is planned."""
    result = plan_of("a/x.deck", "a/p.draw", "a/q.draw", types=(DECK, drawing))
    assert set(by_source(result)) == {"a/x.deck"}
    assert all("plugin 'x' of clm-x 1" in f.diagnostics[0].message for f in result.failed)
    return {failed.source.rpartition("/")[2] for failed in result.failed}


def test_failing_configure_fails_own_sources(plan_of: PlanOf) -> None:
    assert failures(plan_of, evolve(DRAWING, configure=fail)) == {"p.draw", "q.draw"}


def test_failing_is_mirror_fails_own_sources(plan_of: PlanOf) -> None:
    assert failures(plan_of, evolve(DRAWING, is_mirror=fail)) == {"p.draw", "q.draw"}


def test_unneeded_plugin_that_fails_warns(plan_of: PlanOf) -> None:
    result = plan_of("a/x.deck", types=(DECK, evolve(DRAWING, configure=fail)))

    assert set(by_source(result)) == {"a/x.deck"} and not result.failed
    (problem,) = result.problems
    assert problem.severity is Severity.WARNING and "clm-x 1" in problem.message


def test_possible_source_of_failing_plugin_withheld(plan_of: PlanOf) -> None:
    # With its settings, the job type might claim other files.
    result = plan_of("a/x.deck", "a/p.other", types=(DECK, evolve(DRAWING, configure=fail)))

    assert copied(result) == set()
    sources = "may be sources of the plugin 'x', which is broken"
    assert any(sources in problem.message for problem in result.problems)


def test_failing_page_links_fails_own_sources(plan_of: PlanOf) -> None:
    assert failures(plan_of, evolve(DRAWING, page_links=fail)) == {"p.draw", "q.draw"}


def test_page_links_reach_other_job_types(plan_of: PlanOf) -> None:
    seen: list[tuple[PageLinks, ...]] = []
    plan = DECK.plan

    def noting(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
        seen.append(context.page_links)
        return plan(source, context) if plan else ()

    links = PageLinks("index.html")
    types = (evolve(DECK, plan=noting), evolve(DRAWING, page_links=lambda settings: links))
    plan_of("a/x.deck", types=types)
    assert seen == [(links,)]
