"""Files that no plugin converts: copies and warnings."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve
from deck_plans import DECK, DRAWING, MODULE, PlanOf, copied

from clm import JobType, Severity


def test_topic_without_sources_warns(plan_of: PlanOf) -> None:
    plan = plan_of("a/x.deck", "b/x.py")

    (problem,) = plan.problems
    assert "no installed plugin converts a file of topic 'b'" in problem.message
    assert problem.severity is Severity.WARNING
    assert problem.place is not None
    assert problem.place.line == 3
    assert copied(plan) == {"x.py"}
    assert plan.complete


def test_unknown_suffixes_copied_and_named(plan_of: PlanOf) -> None:
    plan = plan_of(
        "a/x.deck", "a/art/y.unheard", "a/z.csv", "b/Y.Strange", "b/p.png", "a/more.deck"
    )

    (problem,) = plan.problems
    assert problem.severity is Severity.WARNING
    assert problem.message.startswith("2 file(s) are copied unchanged")
    assert problem.excerpt == "a/art/y.unheard\nb/Y.Strange"
    assert copied(plan) == {"art/y.unheard", "z.csv", "Y.Strange", "p.png"}
    assert plan.complete


@pytest.mark.parametrize("name", ["a.csv", "a.PNG", "a.md", "a.cpp", "a.yaml", "a", "notes.deck"])
def test_ordinary_files_copied_without_warning(plan_of: PlanOf, name: str) -> None:
    only_x = evolve(DECK, patterns=("x*.deck",))
    plan = plan_of("a/x.deck", f"a/{name}", types=(only_x,))

    assert plan.problems == ()
    assert copied(plan) == {name}


def test_unconverted_file_list_truncated(plan_of: PlanOf) -> None:
    (problem,) = plan_of("a/x.deck", *(f"a/{n:02}.unheard" for n in range(30))).problems

    assert problem.excerpt is not None
    assert problem.excerpt.splitlines()[-2:] == ["a/19.unheard", "and 10 more"]


def test_course_without_decks_copied(plan_of: PlanOf) -> None:
    plan = plan_of("a/x.unheard", "b/y.unheard")

    assert [problem.severity for problem in plan.problems] == [Severity.WARNING]
    assert copied(plan) == {"x.unheard", "y.unheard"}
    assert plan.complete


@pytest.mark.parametrize("types", [(), (DRAWING,)])
def test_nothing_copied_without_deck_plugin(plan_of: PlanOf, types: tuple[JobType, ...]) -> None:
    plan = plan_of("a/x.unheard", "b/y.unheard", types=types)

    assert "no installed plugin converts any file of the course" in plan.problems[-1].message
    assert copied(plan) == set()
    assert not plan.complete


def test_missing_required_plugin_names_package(plan_of: PlanOf) -> None:
    (problem,) = plan_of("a/x.deck", more="requires: [strange]").problems

    assert problem.severity is Severity.ERROR
    assert "the course needs the plugin 'strange', which is not installed" in problem.message
    assert problem.hint == "pip install clm-plugin-strange"


@pytest.mark.parametrize("more", ["requires: [tset]", "plugins: {tset: {}}"])
def test_mistyped_plugin_suggests_installed(plan_of: PlanOf, more: str) -> None:
    (problem,) = plan_of("a/x.deck", more=more).problems

    assert problem.hint == "did you mean 'test'? Otherwise: pip install clm-plugin-tset"


def test_topic_without_files_warns(plan_of: PlanOf, tmp_path: Path) -> None:
    (tmp_path / MODULE / "topic_100_b").mkdir(parents=True)

    (problem,) = plan_of("a/x.deck", topics=("a", "b")).problems

    assert problem.message == "the topic 'b' has no files"
    assert problem.severity is Severity.WARNING
    assert problem.place is not None
    assert problem.place.line == 3
    assert problem.hint is not None
    assert "clm new deck TITLE --topic b" in problem.hint


def test_copies_counted_by_suffix(plan_of: PlanOf) -> None:
    plan = plan_of("a/x.deck", "a/a.csv", "a/img/B.CSV", "a/Makefile", "a/p.draw", "a/p.png")

    assert plan.copied_suffixes == {".csv": 2, "": 1}
