"""Files of a topic that only speakers get."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath

import pytest
from attrs import evolve
from deck_plans import DECK, DRAWING, PlanOf, by_source

from clm import ConversionError, PlanContext, Severity, SourceFile
from clm.builder.plan import BuildPlan
from clm.course.syntax.private_globs import is_matched


def roots(places: Iterable[PurePosixPath]) -> set[str]:
    return {place.parts[0] for place in places}


def delivered(plan: BuildPlan) -> dict[str, set[str]]:
    """The trees that get the outputs of each source, and each copy."""
    jobs = {
        source: roots(p for o in job.outputs for p in o.destinations)
        for source, job in by_source(plan).items()
    }
    return jobs | {
        copy.file.name: roots(map(PurePosixPath, copy.destinations)) for copy in plan.copies
    }


def names_in_source(source: SourceFile, context: PlanContext) -> Iterable[str]:
    """The text of a source is public, except for its lines that begin with `-`."""
    lines = source.path.read_text().split("\n")
    return ["\n".join(line for line in lines if not line.startswith("-"))]


BOTH = {"public", "speaker"}
READER = evolve(DECK, public_text=names_in_source)


@pytest.fixture
def plan_topic(plan_of: PlanOf, tmp_path):
    """Plan the topic `a` with these options; the deck `x.deck` has the given text."""

    def make(options: str, *files: str, text: str = "", types=(READER, DRAWING)) -> BuildPlan:
        plan_of("a/x.deck", *files, types=types)
        (tmp_path / "slides/module_100_m/topic_100_a/x.deck").write_text(text)
        return plan_of(topics=[f"{{id: a, {options}}}"], types=types)

    return make


def test_private_glob_keeps_file_from_public(plan_topic) -> None:
    plan = plan_topic("private: ['*.csv', 'own/*']", "a/y.csv", "a/own/z.txt", "a/w.txt")

    assert delivered(plan) == {
        "a/x.deck": BOTH,
        "y.csv": {"speaker"},
        "own/z.txt": {"speaker"},
        "w.txt": BOTH,
    }


def test_private_source_built_for_speakers(plan_topic) -> None:
    plan = plan_topic("private: [p.deck, q.draw]", "a/p.deck", "a/q.draw")

    assert delivered(plan) == {"a/x.deck": BOTH, "a/p.deck": {"speaker"}, "a/q.draw": {"speaker"}}


def test_private_generated_file_for_speakers(plan_topic) -> None:
    plan = plan_topic("private: [q.png]", "a/q.draw")

    assert delivered(plan) == {"a/x.deck": BOTH, "a/q.draw": {"speaker"}}


def test_decks_know_private_files(plan_topic) -> None:
    contexts: list[PlanContext] = []

    def plan(source: SourceFile, context: PlanContext):
        contexts.append(context)
        return DECK.plan(source, context)

    plan_topic("private: [y.csv]", "a/y.csv", "a/z.csv", types=(evolve(DECK, plan=plan),))

    assert contexts[-1].private_files == {"y.csv"}
    assert {item.name for item in contexts[-1].topic_files} == {"y.csv", "z.csv"}


def test_glob_without_match_warned(plan_topic) -> None:
    plan = plan_topic("private: [y.csv, data.cvs]", "a/y.csv", "a/data.csv")

    (warning,) = plan.problems
    assert warning.severity is Severity.WARNING
    assert warning.excerpt == "data.cvs"
    assert warning.place is not None
    assert warning.place.line == 3
    assert "data.csv" in warning.hint


def test_only_named_files_public(plan_topic) -> None:
    plan = plan_topic(
        "private-files: true", "a/y.csv", "a/z.csv", "a/w.csv", text="y.csv\n- z.csv\n"
    )

    assert delivered(plan) == {
        "a/x.deck": BOTH,
        "y.csv": BOTH,
        "z.csv": {"speaker"},
        "w.csv": {"speaker"},
    }


def test_named_pictures_public(plan_topic) -> None:
    plan = plan_topic("private-files: true", "a/p.draw", "a/q.draw", text="p.png\n- q.png\n")

    assert delivered(plan) == {"a/x.deck": BOTH, "a/p.draw": BOTH, "a/q.draw": {"speaker"}}


def test_named_file_in_private_glob_stays_private(plan_topic) -> None:
    plan = plan_topic("private-files: true, private: [y.csv]", "a/y.csv", text="y.csv")

    assert delivered(plan)["y.csv"] == {"speaker"}


def test_public_files_without_option(plan_topic) -> None:
    assert delivered(plan_topic("evaluate: true", "a/y.csv"))["y.csv"] == BOTH


def test_unreadable_text_names_nothing(plan_topic) -> None:
    def refuse(source: SourceFile, context: PlanContext) -> Iterable[str]:
        yield "y.csv"
        raise ConversionError("unclear")

    plan = plan_topic("private-files: true", "a/y.csv", types=(evolve(DECK, public_text=refuse),))
    assert delivered(plan)["y.csv"] == {"speaker"}


def test_fault_of_plugin_reported(plan_topic) -> None:
    def fail(source: SourceFile, context: PlanContext) -> Iterable[str]:
        raise RuntimeError("oops")

    plan = plan_topic("private-files: true", "a/y.csv", types=(evolve(DECK, public_text=fail),))

    assert delivered(plan)["y.csv"] == {"speaker"}
    assert "RuntimeError: oops" in plan.problems[0].message


def test_defaults_make_files_private(plan_of: PlanOf) -> None:
    plan = plan_of("a/x.deck", "a/y.csv", more="defaults: {private-files: true}\n")

    assert delivered(plan)["y.csv"] == {"speaker"}


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("x.csv", "x.csv"),
        ("data/x.csv", "*.csv"),
        ("data/x.csv", "data"),
        ("data/x.csv", "data/*"),
        ("data/sub/x.csv", "data/*.csv"),
        ("a/data/x.csv", "data"),
        ("a/x.csv", "**/x.csv"),
        ("x.csv", "**/x.csv"),
        ("data/x.csv", "data/**/x.csv"),
        ("data/X.CSV", "*.csv"),
        ("Lo\u0308sung.py", "L\u00f6*.py"),
    ],
)
def test_glob_matches(path: str, pattern: str) -> None:
    assert is_matched(PurePosixPath(path), pattern)


@pytest.mark.parametrize(
    ("path", "pattern"),
    [("a/data/x.csv", "data/*"), ("x.csv2", "*.csv"), ("ydata/x.csv", "data"), ("x", "y")],
)
def test_glob_does_not_match(path: str, pattern: str) -> None:
    assert not is_matched(PurePosixPath(path), pattern)
