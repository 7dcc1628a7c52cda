"""Builds and validations that are trusted though their files are new, and a list of their plans."""

from __future__ import annotations

from types import ModuleType

import pytest

from clm.builder.sessions import session
from clm.builder.unchanged import basis, clock, edited, edited_findings
from clm.builder.validation import course as validation


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """New files are trusted, so that no test waits until they no longer are new."""
    monkeypatch.setattr(clock, "_RACY_NS", 0)
    of_pytest = basis._OF_TERMINALS | {"PYTEST_CURRENT_TEST"}  # differs while fixtures are made
    monkeypatch.setattr(basis, "_OF_TERMINALS", of_pytest)


@pytest.fixture
def plans(trusted: None, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What has planned: `plan_build` for a course, `plan_part` for a part of it."""
    plans: list[str] = []

    def note(module: ModuleType, name: str) -> None:
        plan = getattr(module, name)

        def planning(*arguments: object, **options: object) -> object:
            plans.append(name)
            return plan(*arguments, **options)

        monkeypatch.setattr(module, name, planning)

    note(session, "plan_build")
    note(validation, "plan_build")
    note(edited, "plan_part")
    note(edited_findings, "plan_part")
    return plans
