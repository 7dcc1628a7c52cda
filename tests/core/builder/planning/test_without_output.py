"""Job types that make nothing of their sources."""

from __future__ import annotations

from typing import Any

from attrs import evolve
from deck_plans import DECK, DRAWING, PlanOf, plan

from clm import Format, JobType, OutputSpec
from clm.errors import Severity

SHEET = evolve(DECK, name="sheet", patterns=("*.sheet",), numbered=False)


def nothing(*arguments: Any) -> list[Any]:
    return []


def without_destinations(source: Any, context: Any) -> list[Any]:
    request = evolve(*plan(source, context), job_type="sheet")
    return [evolve(request, outputs=(OutputSpec("out"),))]


def warnings(plan_of: PlanOf, sheet: JobType, **more: Any) -> list[str]:
    result = plan_of("a/x.deck", "a/y.sheet", types=(DECK, DRAWING, sheet), **more)
    found = [p for p in result.problems if "makes nothing of" in p.message]
    assert all(problem.severity is Severity.WARNING for problem in found)
    return [problem.message for problem in found]


def test_format_that_course_does_not_want_warned(plan_of: PlanOf) -> None:
    sheet = evolve(SHEET, formats=(Format("grid", "Grid", default=False),), plan=nothing)

    (warning,) = warnings(plan_of, sheet)

    assert warning == (
        "plugin 'test' of clm-test 1: the job type 'sheet' makes nothing of 1 source(s): "
        "the course wants none of its formats (grid)"
    )


def test_output_without_destination_is_none(plan_of: PlanOf) -> None:
    formats = (Format("grid", "Grid", default=False),)
    assert warnings(plan_of, evolve(SHEET, formats=formats, plan=without_destinations))


def test_plan_of_nothing_is_fault_of_plugin(plan_of: PlanOf) -> None:
    (warning,) = warnings(plan_of, evolve(SHEET, plan=nothing))
    assert warning.endswith("it plans no output for them")


def test_input_of_other_jobs_is_output(plan_of: PlanOf) -> None:
    assert not warnings(plan_of, evolve(SHEET, formats=(), plan=without_destinations))


def test_filter_explains_missing_output(plan_of: PlanOf) -> None:
    sheet = evolve(SHEET, formats=(Format("grid", "Grid"),), plan=nothing)
    assert not warnings(plan_of, sheet, formats=("text",))


def test_job_of_section_is_output(plan_of: PlanOf) -> None:
    assert not warnings(plan_of, evolve(SHEET, plan=nothing, plan_section=nothing))


def test_source_for_others_not_warned(plan_of: PlanOf) -> None:
    sheet = evolve(SHEET, plan=_for_readers)
    english = "output-targets: [{path: out, languages: [en]}]\n"
    result = plan_of("a/x.deck", "a/y.de.sheet", types=(DECK, DRAWING, sheet), more=english)
    assert not [p for p in result.problems if "makes nothing of" in p.message]


def _for_readers(source: Any, context: Any) -> list[Any]:
    made = plan(source, context) if context.variants else []
    return [evolve(request, job_type="sheet") for request in made]
