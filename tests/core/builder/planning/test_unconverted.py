"""Files that no plugin converts: which are copied, and what is said of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve
from deck_plans import DECK, DRAWING, MODULE, PlanOf, copied

from clm import JobType, Severity


def test_a_topic_without_any_source_is_a_warning_at_its_place_and_copied(plan_of: PlanOf) -> None:
    plan = plan_of("a/x.deck", "b/x.py")

    (problem,) = plan.problems
    assert "no installed plugin converts a file of topic 'b'" in problem.message
    assert problem.severity is Severity.WARNING
    assert problem.place is not None
    assert problem.place.line == 3
    assert copied(plan) == {"x.py"}
    assert plan.complete


def test_files_of_kinds_that_no_plugin_converts_are_copied_and_named(plan_of: PlanOf) -> None:
    plan = plan_of(
        "a/x.deck", "a/art/y.unheard", "a/z.csv", "b/Y.Strange", "b/p.png", "a/more.deck"
    )

    (problem,) = plan.problems
    assert problem.severity is Severity.WARNING
    assert problem.message.startswith("2 file(s) are copied as they are")
    assert problem.excerpt == "a/art/y.unheard\nb/Y.Strange"
    assert copied(plan) == {"art/y.unheard", "z.csv", "Y.Strange", "p.png"}
    assert plan.complete


@pytest.mark.parametrize("name", ["a.csv", "a.PNG", "a.md", "a.cpp", "a.yaml", "a", "notes.deck"])
def test_ordinary_files_and_those_of_known_kinds_are_copied_without_a_word(
    plan_of: PlanOf, name: str
) -> None:
    only_x = evolve(DECK, patterns=("x*.deck",))
    plan = plan_of("a/x.deck", f"a/{name}", types=(only_x,))

    assert plan.problems == ()
    assert copied(plan) == {name}


def test_only_the_first_of_many_unconverted_files_are_named(plan_of: PlanOf) -> None:
    (problem,) = plan_of("a/x.deck", *(f"a/{n:02}.unheard" for n in range(30))).problems

    assert problem.excerpt is not None
    assert problem.excerpt.splitlines()[-2:] == ["a/19.unheard", "and 10 more"]


def test_a_course_without_decks_is_copied_where_decks_would_be_converted(plan_of: PlanOf) -> None:
    plan = plan_of("a/x.unheard", "b/y.unheard")

    assert [problem.severity for problem in plan.problems] == [Severity.WARNING]
    assert copied(plan) == {"x.unheard", "y.unheard"}
    assert plan.complete


@pytest.mark.parametrize("types", [(), (DRAWING,)])
def test_nothing_is_copied_of_a_course_whose_decks_no_plugin_may_know(
    plan_of: PlanOf, types: tuple[JobType, ...]
) -> None:
    plan = plan_of("a/x.unheard", "b/y.unheard", types=types)

    assert "no installed plugin converts any file of the course" in plan.problems[-1].message
    assert copied(plan) == set()
    assert not plan.complete


def test_a_plugin_that_the_course_requires_is_named_with_its_package(plan_of: PlanOf) -> None:
    (problem,) = plan_of("a/x.deck", more="requires: [strange]").problems

    assert problem.severity is Severity.ERROR
    assert "the course needs the plugin 'strange', which is not installed" in problem.message
    assert problem.hint == "pip install clm-plugin-strange"


@pytest.mark.parametrize("more", ["requires: [tset]", "plugins: {tset: {}}"])
def test_of_a_mistyped_plugin_the_installed_one_is_named(plan_of: PlanOf, more: str) -> None:
    (problem,) = plan_of("a/x.deck", more=more).problems

    assert problem.hint == "did you mean 'test'? Else: pip install clm-plugin-tset"


def test_a_topic_without_files_is_said_to_have_none(plan_of: PlanOf, tmp_path: Path) -> None:
    (tmp_path / MODULE / "topic_100_b").mkdir(parents=True)

    (problem,) = plan_of("a/x.deck", topics=("a", "b")).problems

    assert problem.message == "the topic 'b' has no files"
    assert problem.severity is Severity.WARNING
    assert problem.place is not None
    assert problem.place.line == 3
    assert problem.hint is not None
    assert "clm new deck TITLE --topic b" in problem.hint


def test_files_that_are_copied_are_counted_by_suffix(plan_of: PlanOf) -> None:
    plan = plan_of("a/x.deck", "a/a.csv", "a/img/B.CSV", "a/Makefile", "a/p.draw", "a/p.png")

    assert plan.copied_suffixes == {".csv": 2, "": 1}
