"""Checks of sources: repeated only where something has changed that they may depend on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from attrs import evolve, frozen
from deck_plans import DECK, DRAWING, Payload
from registries import registry_of

from clm import ConversionError, Diagnostic, JobRequest, OutputSpec, Place, PlanContext, SourceFile
from clm.builder.planning.kept.checks import KeptChecks
from clm.builder.planning.kept.contents import Contents, UnknownContentError
from clm.builder.validation import course as validation
from clm.builder.validation.course import validate_course
from clm.plugins import PluginRegistry
from clm.plugins.code_identity import code_identity

SPEC = """\
name: {de: K, en: C}
sections:
- name: {de: W, en: V}
  topics: [intro, more]
"""
FILES = {
    "slides/module_1/topic_100_intro/a.deck": "!odd",
    "slides/module_1/topic_100_intro/data.csv": "1",
    "slides/module_1/topic_200_more/b.deck": "",
    "slides/module_1/topic_200_more/c.draw": "",
    "templates/t.j2": "",
    "course.yaml": SPEC,
}
Checked = Callable[..., list[str]]


@frozen
class Titled(Payload):
    title: str


def plan(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
    places = tuple(v.directory / f"{context.number} {source.topic_path}" for v in context.variants)
    yield JobRequest(
        f"deck:{source.course_path}",
        "deck",
        Titled(context.number, source.read_text()),
        source.course_path,
        inputs=context.topic_files,
        outputs=(OutputSpec("out", places),),
    )


@pytest.fixture
def checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checked:
    """Validates the course after a change of files; returns the sources that were checked."""
    (tmp_path / ".clm").mkdir()
    seen: list[str] = []

    def check(source: SourceFile, context: PlanContext) -> Iterable[Diagnostic]:
        seen.append(source.topic_path.name)
        text = source.read_text()
        if text == "broken":
            raise ConversionError("broken")
        if text.startswith("!"):
            yield Diagnostic(text, place=Place(source.course_path, 1), hint="h", excerpt=text)

    deck = evolve(DECK, payload=Titled, plan=plan, check=check)

    def run(changed: dict[str, str | None] = FILES, code: str | None = "1") -> list[str]:
        for name, text in changed.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            if text is not None:
                path.write_text(text, encoding="utf-8")
        monkeypatch.setattr(validation, "code_identity", lambda plugins: code)
        seen.clear()
        run.found = validate_course(tmp_path / "course.yaml", registry_of(deck, DRAWING))
        return sorted(seen)

    return run


def test_unchanged_source_not_checked(checked: Checked) -> None:
    assert checked() == ["a.deck", "b.deck"]
    first = checked.found
    assert first.diagnostics
    assert (checked({}), checked.found) == ([], first)


@pytest.mark.parametrize(
    ("changed", "again"),
    [
        ({"slides/module_1/topic_100_intro/a.deck": "!even"}, ["a.deck"]),
        ({"slides/module_1/topic_100_intro/data.csv": "2"}, ["a.deck"]),
        ({"slides/module_1/topic_100_intro/new.csv": "2"}, ["a.deck"]),
        ({"slides/module_1/topic_100_intro/data.csv": None}, ["a.deck"]),
        ({"slides/module_1/topic_200_more/c.draw": None}, ["b.deck"]),
        ({"slides/module_1/topic_100_intro/0.deck": ""}, ["0.deck", "a.deck", "b.deck"]),
        ({"templates/t.j2": "x"}, ["a.deck", "b.deck"]),
        ({"templates/new.j2": "x"}, ["a.deck", "b.deck"]),
        ({"course.yaml": SPEC.replace("en: C", "en: D")}, ["a.deck", "b.deck"]),
        ({"course.yaml": SPEC.replace("en: V", "en: W")}, ["a.deck", "b.deck"]),
        ({"course.yaml": SPEC.replace("intro, more", "more, intro")}, ["a.deck", "b.deck"]),
        ({"course.yaml": SPEC + "author: Ada\n"}, ["a.deck", "b.deck"]),
        ({"course.yaml": SPEC + "theme: {mode: dark}\n"}, ["a.deck", "b.deck"]),
        ({"course.yaml": SPEC.replace("more]", "{id: more, author: Ada}]")}, ["b.deck"]),
    ],
)
def test_changed_source_checked_again(
    checked: Checked, changed: dict[str, str | None], again: list[str]
) -> None:
    checked()
    assert checked(changed) == again
    assert checked({}) == []


def test_other_code_checks_again(checked: Checked) -> None:
    checked()
    assert checked({}, code="2") == ["a.deck", "b.deck"]


def test_unknown_code_keeps_nothing(checked: Checked) -> None:
    checked(code=None)
    assert checked({}, code=None) == ["a.deck", "b.deck"]


def test_failed_check_repeated(checked: Checked) -> None:
    checked()
    change = {"slides/module_1/topic_100_intro/a.deck": "broken"}
    assert (checked(change), checked({})) == (["a.deck"], ["a.deck"])


@pytest.mark.parametrize("damage", ["", "[]", "{}", '{"format": 1}', '{"format": 1, "found": []}'])
def test_damaged_file_replaced(checked: Checked, tmp_path: Path, damage: str) -> None:
    checked()
    kept = tmp_path / ".clm" / "checks-course.yaml.json"
    kept.write_text(damage)
    assert (checked({}), checked({})) == (["a.deck", "b.deck"], [])


@pytest.mark.parametrize("entry", [None, 1, [1], [["m"]], [["m", "fatal", None, None, None, None]]])
def test_damaged_entry_checked_again(checked: Checked, tmp_path: Path, entry: object) -> None:
    checked()
    kept = tmp_path / ".clm" / "checks-course.yaml.json"
    data = json.loads(kept.read_text())
    kept.write_text(json.dumps({**data, "found": dict.fromkeys(data["found"], entry)}))
    assert checked({}) == ["a.deck", "b.deck"]
    assert [d.message for d in checked.found.diagnostics] == ["!odd"]


def test_unused_results_dropped(checked: Checked, tmp_path: Path) -> None:
    checked()
    checked({"course.yaml": SPEC.replace("intro, more", "intro")})
    data = json.loads((tmp_path / ".clm" / "checks-course.yaml.json").read_text())
    assert len(data["found"]) == 1


def test_file_changed_meanwhile_not_kept(
    checked: Checked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = validation.plan_build

    def planned(*arguments: Any, **options: Any) -> object:
        made = first(*arguments, **options)
        (tmp_path / "slides/module_1/topic_100_intro/a.deck").write_text("!longer")
        return made

    monkeypatch.setattr(validation, "plan_build", planned)
    checked()
    monkeypatch.setattr(validation, "plan_build", first)
    assert checked({"slides/module_1/topic_100_intro/a.deck": "!odd"}) == ["a.deck"]


def test_surrogates_not_kept(tmp_path: Path) -> None:
    kept = KeptChecks(tmp_path / "checks.json", "1", lambda path: "d")
    source = SourceFile(tmp_path / "a.deck", PurePosixPath("a.deck"), "a.deck", "d")
    for key, message in (("bad", "\ud83d\ude00"), ("good", "\N{GRINNING FACE}")):
        kept.keep(key, [Diagnostic(message)], source, ())
    kept.save()
    again = KeptChecks(kept.file, "1", kept.digest)
    assert again.found("bad") is None
    assert again.found("good") == (Diagnostic("\N{GRINNING FACE}"),)


def test_function_has_no_digest() -> None:
    with pytest.raises(UnknownContentError):
        Contents().digest({"a": print})


@pytest.mark.parametrize(
    ("one", "other"),
    [(1, True), (1, "1"), ((1,), [1]), (None, "None"), ((("a",), "b"), ("a", ("b",)))],
)
def test_different_values_differ(one: object, other: object) -> None:
    assert Contents().digest(one) != Contents().digest(other)


def test_registry_without_entry_points_unknown() -> None:
    assert code_identity(registry_of(DECK)) is None


def test_installed_plugins_have_identity(monkeypatch: pytest.MonkeyPatch) -> None:
    plugins = PluginRegistry.load()
    one = code_identity(plugins)
    assert one is not None and one == code_identity(PluginRegistry.load())
    blocked = PluginRegistry.load({"CLM_BLOCK_PLUGINS": "notebook"})
    assert one != code_identity(blocked)
