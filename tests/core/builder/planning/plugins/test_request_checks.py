"""Requests of plugins: where their outputs may be, and what they are made of."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Any

import pytest
from attrs import evolve
from deck_plans import DECK, DRAWING, PlanOf, by_source, plan

from clm import FileInput, JobInput, JobRequest, Link, OutputSpec, PlanContext, SourceFile
from clm.builder.plan import BuildPlan
from clm.builder.planning.plugins import request_checks

TARGETS = "output-targets: [{path: public/students}, {path: own/team, kinds: [speaker]}]\n"
ROOT = "public/students/De/Kurs"


def planned(plan_of: PlanOf, changes: dict[str, Any], more: str = "") -> BuildPlan:
    """The plan of a deck whose request has these changes, and of another deck."""

    def changed(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
        bad = source.topic_path.name == "bad.deck"
        return [evolve(r, **(changes if bad else {})) for r in plan(source, context)]

    types = (evolve(DECK, plan=changed), DRAWING)
    return plan_of("a/bad.deck", "a/good.deck", types=types, more=more)


def refusal(plan_of: PlanOf, changes: dict[str, Any], more: str = "") -> str:
    """The message about the only deck that cannot be planned."""
    result = planned(plan_of, changes, more)
    assert set(by_source(result)) == {"a/good.deck"}
    (failed,) = result.failed
    (fault,) = failed.diagnostics
    assert failed.source.endswith("bad.deck")
    assert fault.message.startswith("plugin 'test' of clm-test 1: job type 'deck' failed to plan")
    assert "fault of the plugin" in (fault.hint or "")
    return fault.message


def output_at(*paths: str, **more: Any) -> dict[str, Any]:
    return {"outputs": (OutputSpec("out", tuple(map(PurePosixPath, paths)), **more),)}


@pytest.mark.parametrize("more", ["", TARGETS], ids=["tree", "targets"])
@pytest.mark.parametrize(
    "path",
    [
        ".git/hooks/pre-commit",
        ".clm/cache.db",
        "slides/module_100_m/topic_100_a/bad.deck",
        "course.yaml",
        "/etc/passwd",
        "../course.yaml",
        "public",
        "public/studentsX/a.txt",
        "De/Andere/a.txt",
        "",
    ],
)
def test_output_outside_of_targets_refused(plan_of: PlanOf, path: str, more: str) -> None:
    message = refusal(plan_of, output_at(path), more)
    assert f"the destination {str(PurePosixPath(path))!r} is not below a folder of the" in message


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("../../../../course.yaml", "leads out of its folder"),
        ("a/../b", "leads out of its folder"),
        (".git/hooks/pre-commit", "is in a folder '.git'"),
        ("Folien/.GIT/config", "is in a folder '.GIT'"),
        (".git./config", "is in a folder '.git.'"),
        (".clm/cache.db", "is in a folder '.clm'"),
        ("a\0b", "has a character that no file name has"),
        ("a\ud800b", "has a character that no file name has"),
    ],
)
def test_unsafe_part_below_target_refused(plan_of: PlanOf, path: str, why: str) -> None:
    assert why in refusal(plan_of, output_at(f"{ROOT}/{path}"), TARGETS)
    assert why in refusal(plan_of, output_at(topic_path=PurePosixPath(path)))
    assert why in refusal(plan_of, {"inputs": (JobInput(path, "other", "out"),)})


@pytest.mark.parametrize("path", ["a\\..\\..\\b", "C:evil.txt"])
def test_windows_separators_refused_there(
    plan_of: PlanOf, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    assert not planned(plan_of, output_at(f"{ROOT}/{path}"), TARGETS).failed
    monkeypatch.setattr(request_checks, "_SEPARATORS", "\\:")
    request_checks._fault_in.cache_clear()
    assert "has a backslash or a colon" in refusal(plan_of, output_at(f"{ROOT}/{path}"), TARGETS)
    request_checks._fault_in.cache_clear()


@pytest.mark.parametrize("path", [f"{ROOT}/a.txt", "public/students/index.html", "own/team/a.txt"])
def test_output_below_target_allowed(plan_of: PlanOf, path: str) -> None:
    result = planned(plan_of, output_at(path), TARGETS)
    (output,) = by_source(result)["a/bad.deck"].outputs
    assert not result.failed and output.destinations == (PurePosixPath(path),)


def test_generated_file_replaces_no_other_source(plan_of: PlanOf) -> None:
    message = refusal(plan_of, output_at(topic_path=PurePosixPath("good.deck")))
    assert "the topic_path 'good.deck' is that of another source" in message


def test_source_that_is_delivered_is_never_written(plan_of: PlanOf) -> None:
    result = planned(plan_of, output_at(topic_path=PurePosixPath("bad.deck")))
    assert not result.failed and not result.generated


OUT = OutputSpec("out")
A_PATH = PurePosixPath("a")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"id": 3}, "id is 3, not a str"),
        ({"source": None}, "source is None, not a str"),
        ({"inputs": "abc"}, "inputs is 'abc', not a tuple"),
        ({"inputs": None}, "inputs is None"),
        ({"inputs": ("a.txt",)}, "an input is 'a.txt', not a FileInput or JobInput"),
        ({"inputs": (FileInput("a", "a", "1"),)}, "path is 'a', not a Path"),
        ({"inputs": (FileInput("a", A_PATH, "1"),)}, "not a Path"),
        ({"inputs": (JobInput(3, "a", "b"),)}, "name is 3, not a str"),
        ({"inputs": (JobInput("a", None, "b"),)}, "producer is None, not a str"),
        ({"inputs": (JobInput("a", "x", "b"),) * 2}, "two inputs have the name 'a'"),
        ({"inputs": (JobInput("", "x", "b"),)}, "is the folder itself"),
        ({"inputs": (JobInput("/etc/x", "x", "b"),)}, "is absolute"),
        ({"outputs": OUT}, "outputs is OutputSpec"),
        ({"outputs": ("out",)}, "an output is 'out', not an OutputSpec"),
        ({"outputs": (OUT, OUT)}, "two outputs have the name 'out'"),
        ({"outputs": (OutputSpec(A_PATH),)}, "name is PurePosixPath('a'), not a str"),
        ({"outputs": (OutputSpec("a", "abc"),)}, "destinations is 'abc', not a tuple"),
        ({"outputs": (OutputSpec("a", ("b",)),)}, "a destination is 'b', not a PurePosixPath"),
        ({"outputs": (OutputSpec("a", (None,)),)}, "a destination is None"),
        ({"outputs": (OutputSpec("a", (), "b"),)}, "topic_path is 'b', not a PurePosixPath"),
        ({"outputs": (OutputSpec("a", (), A_PATH, "de"),)}, "languages is 'de', not a tuple"),
        ({"outputs": (OutputSpec("a", (), A_PATH, (1,)),)}, "a language of an output is 1"),
        ({"priority": "high"}, "priority is 'high', not a int"),
        ({"priority": True}, "priority is True"),
        ({"max_attempts": 0}, "max_attempts is 0, below 1"),
        ({"links": ("a",)}, "a link is 'a', not a Link"),
        ({"links": (Link("a", None),)}, "path is 'a', not a PurePosixPath"),
        ({"job_type": "deckk"}, "its job type 'deckk'; did you mean 'deck'?"),
        ({"job_type": 3}, "its job type 3"),
    ],
)
def test_wrong_type_in_request_named(
    plan_of: PlanOf, changes: dict[str, Any], problem: str
) -> None:
    assert problem in refusal(plan_of, changes)
