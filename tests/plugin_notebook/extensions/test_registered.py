"""What the extensions that a course names add to its decks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from attrs import evolve

from clm import ConversionError, CourseTheme, HookResult, JobType, PlanContext, SourceFile, Variant
from clm.jobs.envelope import dump_payload, keyed
from clm_plugin_notebook.api import (
    CellTag,
    CellTransform,
    DeckKind,
    DeckTemplates,
    PageTheme,
)
from clm_plugin_notebook.extensions.registered import Extensions
from clm_plugin_notebook.payload import NotebookSettings
from clm_plugin_notebook.plugin import clm_job_types

Make = Callable[..., HookResult]


def extended(*results: HookResult) -> JobType:
    (job_type,) = clm_job_types()
    assert job_type.extend is not None
    return job_type.extend(job_type, results)


def planned(
    job_type: JobType, folder: Path, text: str, *kinds: str, theme: str = "", **settings: Any
) -> Any:
    deck = folder / "slides_a.py"
    deck.write_text(text, encoding="utf-8")
    variants = tuple(
        Variant("en", kind, "html", PurePosixPath("out", kind), True)
        for kind in kinds or ("completed",)
    )
    context = PlanContext(
        {"en": "C"}, {"en": "W"}, "a", "python", "", {}, 1, variants,
        settings=NotebookSettings(evaluate=False, **settings), theme=CourseTheme(theme),
    )  # fmt: skip
    source = SourceFile(deck, PurePosixPath("slides_a.py"), "slides/slides_a.py", "0" * 64)
    assert job_type.plan is not None
    (request,) = job_type.plan(source, context)
    return request


DECK = '# %% [markdown] tags=["spicy"]\n# # Hot\n'


def test_installed_plugin_changes_nothing(make_result: Make, tmp_path: Path) -> None:
    (plain,) = clm_job_types()
    results = (
        make_result("tags", CellTag("spicy")),
        make_result("cell_transforms", CellTransform("t", "m:f", "1")),
    )
    assert planned(extended(*results), tmp_path, DECK) == planned(plain, tmp_path, DECK)


def test_named_plugin_in_payload(make_result: Make, tmp_path: Path) -> None:
    job_type = extended(
        make_result("tags", CellTag("spicy")),
        make_result("tags", CellTag("sweet"), plugin="other"),
    )
    request = planned(job_type, tmp_path, DECK, extensions=("extra",))
    assert request.payload.additions.tags == (CellTag("spicy"),)


def test_missing_extension_named(make_result: Make, tmp_path: Path) -> None:
    job_type = extended(make_result("tags", CellTag("spicy")))
    with pytest.raises(ConversionError, match="extension 'extr', but no loaded plugin") as caught:
        planned(job_type, tmp_path, DECK, extensions=("extr",))
    assert "'extra'" in (caught.value.hint or "")


def test_missing_extension_named_without_any(tmp_path: Path) -> None:
    (plain,) = clm_job_types()
    with pytest.raises(ConversionError, match="extension 'extra'"):
        planned(plain, tmp_path, DECK, extensions=("extra",))


@pytest.mark.parametrize(
    ("what", "one", "other"),
    [
        ("tags", CellTag("spicy"), CellTag("spicy", private=True)),
        ("kinds", DeckKind("exam"), DeckKind("exam")),
        ("templates", DeckTemplates("a", {"x": "m:f"}), DeckTemplates("b", {"x": "m:g"})),
        ("themes", PageTheme("t", Path()), PageTheme("t", Path())),
    ],
)
def test_same_name_twice_refused(
    make_result: Make, tmp_path: Path, what: str, one: Any, other: Any
) -> None:
    job_type = extended(make_result(what, one), make_result(what, other, plugin="other"))
    with pytest.raises(ConversionError, match=r"clm-extra 1\.0 and plugin 'other'"):
        planned(job_type, tmp_path, DECK, extensions=("extra", "other"))
    assert planned(job_type, tmp_path, DECK, extensions=("other",))


def test_kind_needs_named_plugin(make_result: Make, tmp_path: Path) -> None:
    job_type = extended(make_result("kinds", DeckKind("exam")))
    assert job_type.kinds == ("exam",)
    with pytest.raises(ConversionError, match="unknown kind of deck output: 'exam'") as caught:
        planned(job_type, tmp_path, DECK, "exam")
    assert "add 'extra' to `extensions`" in (caught.value.hint or "")
    assert planned(job_type, tmp_path, DECK, "exam", extensions=("extra",))


def test_unused_kind_not_in_payload(make_result: Make, tmp_path: Path) -> None:
    job_type = extended(make_result("kinds", DeckKind("exam"), DeckKind("test")))
    request = planned(job_type, tmp_path, DECK, "exam", extensions=("extra",))
    assert request.payload.additions.kinds == (DeckKind("exam"),)


def test_unknown_theme_named(make_result: Make, tmp_path: Path) -> None:
    job_type = extended(make_result("themes", PageTheme("house", tmp_path)))
    with pytest.raises(ConversionError, match="no extension of the course offers the page theme"):
        planned(job_type, tmp_path, DECK, theme="house")


def test_files_of_theme_are_inputs(make_result: Make, tmp_path: Path) -> None:
    theme, macros = tmp_path / "theme", tmp_path / "macros"
    for file in (theme / "theme.css", theme / "img" / "a.svg", macros / "m.j2", theme / ".x"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("text")
    job_type = extended(
        make_result("themes", PageTheme("house", theme)),
        make_result("templates", DeckTemplates("more", macros=macros)),
    )
    request = planned(job_type, tmp_path, DECK, extensions=("extra",), theme="house")
    names = {item.name for item in request.inputs}
    assert names >= {"theme/theme.css", "theme/img/a.svg", "macros/more/m.j2"}
    assert not any(".x" in name for name in names)


def test_release_alone_changes_no_key(make_result: Make, tmp_path: Path) -> None:
    def key(version: str, fingerprint: str, sources: str = "") -> str:
        transform = CellTransform("t", "m:f", fingerprint)
        result = make_result("cell_transforms", transform, version=version)
        job_type = extended(evolve(result, sources_of=lambda _: sources))
        payload = planned(job_type, tmp_path, DECK, extensions=("extra",)).payload
        return keyed(dump_payload(job_type, payload))

    assert key("1.0", "1") == key("1.1", "1")
    assert len({key("1.0", "1"), key("1.0", "2"), key("1.0", "1", "edited")}) == 3


def test_hidden_heading_is_no_title(make_result: Make, tmp_path: Path) -> None:
    tags = make_result("tags", CellTag("spicy", private=True))
    request = planned(extended(tags), tmp_path, DECK, extensions=("extra",))
    assert [output.title for output in request.payload.outputs] == ["slides_a"]


@pytest.mark.parametrize("text", ['# %% tags=["spicy"]\nx = 1\n', "# %% tags=[spicy\nx = 1\n"])
def test_file_with_hidden_cells_kept(make_result: Make, tmp_path: Path, text: str) -> None:
    file = tmp_path / "part.py"
    file.write_text(text)
    source = SourceFile(file, PurePosixPath("part.py"), "slides/part.py", "0" * 64)
    tag = CellTag("spicy", private=True)
    (plain,) = clm_job_types()
    every = extended(make_result("tags", tag))
    named = every.configured(NotebookSettings(extensions=("extra",)))
    unnamed = every.configured(NotebookSettings())
    for job_type, private in ((plain, False), (every, True), (named, True), (unnamed, False)):
        assert job_type.has_private_content is not None
        assert job_type.has_private_content(source) is private


def test_all_kinds_known_to_core(make_result: Make) -> None:
    results = [make_result("kinds", DeckKind("exam")), make_result("kinds", DeckKind("quiz"))]
    assert Extensions(results).kinds == ("exam", "quiz")
