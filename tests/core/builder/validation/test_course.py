"""Validation of a course: all problems at once, without a build."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from attrs import evolve
from deck_plans import DECK, request
from registries import registry_of

from clm import (
    ConversionError,
    Diagnostic,
    Format,
    JobRequest,
    JobType,
    OutputSpec,
    Place,
    PlanContext,
    Severity,
    SourceFile,
)
from clm.builder.validation.course import Validation, validate_course

SPEC = "name: {de: K, en: C}\nsections:\n- name: {de: W, en: V}\n  topics: [intro]\n"
INTRO = "slides/module_1/topic_100_intro/a.deck"


def plan(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
    name = source.topic_path.stem
    places = tuple(variant.directory / f"{name}.txt" for variant in context.variants)
    yield request(source, context, OutputSpec("out", places))


def check(source: SourceFile, context: PlanContext) -> Iterable[Diagnostic]:
    for number, line in enumerate(source.read_text().splitlines(), 1):
        if line.startswith("!"):
            place = Place(source.course_path, number)
            yield Diagnostic(line, Severity.WARNING, place)


CHECKED = evolve(DECK, plan=plan, check=check)
Validate = Callable[..., Validation]


@pytest.fixture
def validate(tmp_path: Path) -> Validate:
    """Validates a course of these files, with a job type for `.deck`."""

    def run(files: dict[str, str], spec: str = SPEC, deck: JobType = CHECKED) -> Validation:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        (tmp_path / "course.yaml").write_text(spec, encoding="utf-8")
        return validate_course(tmp_path / "course.yaml", registry_of(deck))

    return run


def messages(validation: Validation) -> list[str]:
    return [diagnostic.message for diagnostic in validation.diagnostics]


def test_valid_course_has_no_diagnostics(validate: Validate) -> None:
    assert validate({INTRO: ""}).diagnostics == ()


def test_all_problems_found_at_once(validate: Validate) -> None:
    spec = SPEC.replace("[intro]", "[intro, gone]") + "authr: me\n"
    found = validate({INTRO: "!odd\n"}, spec)
    assert [message.split(" (")[0] for message in messages(found)] == [
        "topic not found: 'gone'",
        "unknown key 'authr' in the course",
        "!odd",
    ]
    assert found.count(Severity.ERROR) == 2


def test_unreadable_spec_reported_alone(validate: Validate) -> None:
    (problem,) = validate({INTRO: "!odd\n"}, "name: [").diagnostics
    assert "not YAML" in problem.message


def test_missing_slides_folder_reported(validate: Validate) -> None:
    assert "no folder 'slides'" in messages(validate({}))[0]


def test_unused_topic_warns_at_folder(validate: Validate) -> None:
    (warning,) = validate({INTRO: "", "slides/module_1/topic_200_more/b.deck": ""}).diagnostics
    assert warning.severity is Severity.WARNING
    assert "'more' is not in any section" in warning.message
    assert warning.place == Place("slides/module_1/topic_200_more")


def test_parked_and_disabled_topics_accepted(validate: Validate) -> None:
    spec = SPEC + "- {name: L, enabled: false, topics: [later]}\n"
    files = {
        INTRO: "",
        "slides/module_1/_topic_200_parked/b.deck": "",
        "slides/module_1/topic_300_later/b.deck": "",
    }
    assert validate(files, spec).diagnostics == ()


def test_topic_of_sibling_spec_accepted(validate: Validate) -> None:
    files = {
        INTRO: "",
        "slides/module_1/topic_200_more/b.deck": "",
        "other.yaml": SPEC.replace("intro", "more"),
    }
    assert validate(files).diagnostics == ()


def test_non_topic_folder_accepted(validate: Validate) -> None:
    files = {INTRO: "", "slides/module_1/my_old_pictures/x.png": ""}
    assert validate(files).diagnostics == ()


def test_included_topic_accepted(validate: Validate) -> None:
    spec = SPEC.replace(
        "[intro]", "[{id: intro, includes: [slides/module_1/topic_200_more/b.txt]}]"
    )
    files = {INTRO: "", "slides/module_1/topic_200_more/b.txt": ""}
    assert validate(files, spec).diagnostics == ()


def test_outputs_differing_in_case_collide(
    validate: Validate,
) -> None:
    (problem,) = validate({INTRO: "", INTRO.replace("a.deck", "sub/A.deck"): ""}).diagnostics
    assert "is already written from slides/module_1/topic_100_intro/a.deck" in problem.message
    assert problem.severity is Severity.ERROR


def test_colliding_copy_located_in_course(validate: Validate) -> None:
    files = {INTRO: "", "slides/module_1/topic_100_intro/a.txt": "a file"}
    (problem,) = validate(files).diagnostics
    assert problem.place == Place("slides/module_1/topic_100_intro/a.txt")


def test_unknown_format_located_in_spec(validate: Validate) -> None:
    spec = SPEC + "output-targets:\n- path: out\n  formats:\n  - text\n  - txt\n"
    (problem,) = validate({INTRO: ""}, spec).diagnostics
    assert (problem.place.line, problem.place.column, problem.excerpt) == (9, 5, "txt")
    assert "did you mean 'text'" in problem.hint


def test_missing_plugin_located_in_spec(validate: Validate) -> None:
    (problem,) = validate({INTRO: ""}, SPEC + "requires:\n- shout\n").diagnostics
    assert (problem.place.line, problem.excerpt) == (6, "shout")


def test_duplicate_problem_reported_once(validate: Validate) -> None:
    def fail(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
        raise ConversionError("broken", place=Place(source.course_path, 3))

    deck = evolve(CHECKED, plan=fail, check=fail)
    assert messages(validate({INTRO: ""}, deck=deck)) == ["broken"]


def test_broken_check_reported(validate: Validate) -> None:
    def broken(source: SourceFile, context: PlanContext) -> Iterable[Diagnostic]:
        raise KeyError("x")

    (problem,) = validate({INTRO: ""}, deck=evolve(CHECKED, check=broken)).diagnostics
    assert "job type 'deck' failed to check the source: KeyError" in problem.message
    assert problem.place == Place(INTRO)


def test_nothing_is_written(validate: Validate, tmp_path: Path) -> None:
    validate({INTRO: "!odd\n"})
    assert {path.name for path in tmp_path.iterdir()} == {"course.yaml", "slides"}


def test_topic_planned_in_own_formats(validate: Validate) -> None:
    seen: list[str] = []

    def note(source: SourceFile, context: PlanContext) -> Iterable[Diagnostic]:
        seen.extend(variant.format for variant in context.variants)
        return ()

    formats = (Format("text", "Text"), Format("html", "Html"), Format("code", "Code"))
    deck = evolve(CHECKED, formats=formats, check=note)
    validate({INTRO: ""}, SPEC.replace("[intro]", "[{id: intro, formats: [html, code]}]"), deck)
    assert set(seen) == {"html", "code"}


@pytest.mark.parametrize("again", ["intro", "{id: intro, module: module_1}"])
def test_duplicate_topic_is_one_problem(validate: Validate, again: str) -> None:
    spec = SPEC.replace("[intro]", f"[intro, {again}]")
    (problem,) = validate({INTRO: ""}, spec).diagnostics
    assert problem.message == "the topic 'intro' is given twice"
    assert problem.hint is not None and "first given in line 4" in problem.hint
    assert problem.place is not None and problem.place.line == 4


def test_missing_section_include_reported_once(validate: Validate) -> None:
    spec = SPEC.replace("[intro]", "[intro, loops]") + "  includes: [shared/gone]\n"
    (problem,) = validate(
        {INTRO: "", "slides/module_1/topic_200_loops/b.deck": ""}, spec
    ).diagnostics
    assert problem.message == "the include 'shared/gone' does not exist"


@pytest.mark.parametrize("name", ["map.deck", "maps/map.deck"])
def test_failed_plan_has_no_followers(validate: Validate, name: str) -> None:
    def failing(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
        if source.topic_path.name == "map.deck":
            raise ConversionError("no map")
        return plan(source, context)

    folder = INTRO.rpartition("/")[0]
    text = "!the image img/map.svg does not exist\n!the image img/bitmap.svg does not exist\n"
    found = validate({INTRO: text, f"{folder}/{name}": ""}, deck=evolve(CHECKED, plan=failing))

    assert "!the image img/map.svg does not exist" not in messages(found)
    assert {"no map", "!the image img/bitmap.svg does not exist"} <= {*messages(found)}
