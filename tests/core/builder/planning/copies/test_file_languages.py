"""Files of one language: sources, generated files and copies."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

from attrs import evolve
from deck_plans import DECK, DRAWING, PlanOf, by_source

from clm import Severity
from clm.builder.plan import BuildPlan


def languages(places: Iterable[PurePosixPath]) -> set[str]:
    """The languages of the default tree's folders."""
    return {place.parts[1] for place in places}


def delivered(plan: BuildPlan) -> dict[str, set[str]]:
    """The languages that get the outputs of each source, and each copy."""
    jobs = {
        source: set().union(*(languages(o.destinations) for o in job.outputs))
        for source, job in by_source(plan).items()
    }
    return jobs | {
        copy.file.name: languages(map(PurePosixPath, copy.destinations)) for copy in plan.copies
    }


def numbers(plan: BuildPlan) -> dict[str, int]:
    return {source: job.payload.number for source, job in by_source(plan).items()}


def test_half_built_for_its_language(plan_of: PlanOf) -> None:
    plan = plan_of("a/x.de.deck", "a/x.en.deck", "a/y.deck")

    assert delivered(plan) == {
        "a/x.de.deck": {"De"},
        "a/x.en.deck": {"En"},
        "a/y.deck": {"De", "En"},
    }


def test_halves_share_one_number(plan_of: PlanOf) -> None:
    plan = plan_of(
        "a/w.deck", "a/x.de.deck", "a/x.en.deck", "a/y.deck", "b/z.en.deck", "b/z.de.deck"
    )

    assert numbers(plan) == {
        "a/w.deck": 1,
        "a/x.de.deck": 2,
        "a/x.en.deck": 2,
        "a/y.deck": 3,
        "b/z.de.deck": 4,
        "b/z.en.deck": 4,
    }


def test_single_half_takes_number(plan_of: PlanOf) -> None:
    plan = plan_of("a/w.en.deck", "a/x.de.deck", "a/y.deck", "b/z.deck")

    assert numbers(plan) == {"a/w.en.deck": 1, "a/x.de.deck": 2, "a/y.deck": 3, "b/z.deck": 4}


def test_halves_of_two_folders_are_two(plan_of: PlanOf) -> None:
    plan = plan_of("a/p/x.de.deck", "a/q/x.en.deck")

    assert numbers(plan) == {"a/p/x.de.deck": 1, "a/q/x.en.deck": 2}


def test_halves_may_differ_in_suffix(plan_of: PlanOf) -> None:
    deck = evolve(DECK, patterns=("*.deck", "*.talk"))
    plan = plan_of("a/x.de.deck", "a/x.de.talk", "a/x.en.talk", "a/y.deck", types=(deck,))

    assert numbers(plan) == {
        "a/x.de.deck": 1,
        "a/x.de.talk": 2,
        "a/x.en.talk": 1,
        "a/y.deck": 3,
    }


def test_other_dots_are_no_language(plan_of: PlanOf) -> None:
    plan = plan_of("a/x.v1.2.deck", "a/y.min.deck", "a/z.fr.deck", "a/data.v2.csv")

    assert set(map(len, delivered(plan).values())) == {2}
    assert sorted(numbers(plan).values()) == [1, 2, 3]


def test_half_beside_whole_is_error(plan_of: PlanOf) -> None:
    plan = plan_of("a/x.deck", "a/x.de.deck", "a/y.deck")

    (failed,) = plan.failed
    assert failed.source.endswith("a/x.de.deck")
    (diagnostic,) = failed.diagnostics
    assert diagnostic.severity is Severity.ERROR
    assert "'x.deck' is for all languages" in diagnostic.message
    assert not plan.complete


def test_copies_go_to_their_language(plan_of: PlanOf) -> None:
    plan = plan_of("a/x.deck", "a/demo.de.mp4", "a/img/p.en.png", "a/img/p.png", "a/de.csv")

    assert delivered(plan) == {
        "a/x.deck": {"De", "En"},
        "demo.de.mp4": {"De"},
        "img/p.en.png": {"En"},
        "img/p.png": {"De", "En"},
        "de.csv": {"De", "En"},
    }


def test_generated_file_follows_its_source(plan_of: PlanOf) -> None:
    plan = plan_of("a/x.deck", "a/p.de.draw", "a/q.draw")

    assert delivered(plan)["a/p.de.draw"] == {"De"}
    assert delivered(plan)["a/q.draw"] == {"De", "En"}


def test_source_of_generated_file_without_language_counts(plan_of: PlanOf) -> None:
    def plan_plain(source, context):
        for request in DRAWING.plan(source, context):
            output = evolve(request.outputs[0], topic_path=PurePosixPath("p.png"))
            yield evolve(request, outputs=(output,))

    plan = plan_of("a/x.deck", "a/p.de.draw", types=(DECK, evolve(DRAWING, plan=plan_plain)))

    assert delivered(plan)["a/p.de.draw"] == {"De"}


def test_half_selected_by_its_path(plan_of: PlanOf) -> None:
    plan = plan_of("a/w.deck", "a/x.de.deck", "a/x.en.deck", only=("a",))
    assert numbers(plan) == {"a/w.deck": 1, "a/x.de.deck": 2, "a/x.en.deck": 2}

    half = "slides/module_100_m/topic_100_a/x.en.deck"
    plan = plan_of("a/w.deck", "a/x.de.deck", "a/x.en.deck", only=(half,))
    assert numbers(plan) == {"a/x.en.deck": 2}
