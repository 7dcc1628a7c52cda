"""Validation of the planning functions of a job type."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import evolve, frozen

from clm import JobRequest, JobType
from clm.plugins.validation import check_job_type


@frozen
class Payload:
    text: str = ""


NOTHING = JobType(
    name="thing", patterns=(), payload=Payload, worker="a.b:C", fingerprint=lambda: "1"
)


def plan(source: Any, context: Any) -> list[JobRequest]:
    return []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({}, "one of plan, plan_section, plan_course, plan_derived is required"),
        ({"plan": "x"}, "plan is 'x', not callable"),
        ({"plan_section": "x"}, "plan_section is 'x', not callable"),
        ({"plan_course": "x"}, "plan_course is 'x', not callable"),
        ({"plan": plan, "derives": "text"}, "derives and plan_derived must be given together"),
        ({"plan": plan, "plan_derived": plan}, "derives and plan_derived must be given together"),
        ({"derives": 3, "plan_derived": plan}, "derives is 3, not the name of a format"),
        (
            {"derives": "text", "plan_derived": plan, "patterns": ("*.a",)},
            "patterns need plan, plan_section or plan_course",
        ),
    ],
)
def test_invalid_planning_rejected(changes: dict[str, Any], problem: str) -> None:
    with pytest.raises((TypeError, ValueError), match=problem):
        check_job_type(evolve(NOTHING, **changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"plan": plan},
        {"plan_section": plan},
        {"plan_section": plan, "plan": plan, "patterns": ("*.a",)},
        {"plan_section": plan, "patterns": ("*.a",)},
        {"derives": "text", "plan_derived": plan},
        {"derives": "text", "plan_derived": plan, "plan": plan, "patterns": ("*.a",)},
    ],
)
def test_valid_planning_accepted(changes: dict[str, Any]) -> None:
    check_job_type(evolve(NOTHING, **changes))
