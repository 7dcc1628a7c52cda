"""Decks in every supported programming language, through plan and worker."""

from __future__ import annotations

import json
import re
from pathlib import PurePosixPath
from typing import Any

import pytest
from attrs import evolve
from deck_sources import DECK, cells, in_language, variant
from pygments.lexers import get_lexer_by_name

from clm import ConversionError
from clm_plugin_notebook.languages import PROG_LANGS, ProgLang, ProgLangSettings, prog_langs
from clm_plugin_notebook.payload import NotebookSettings
from clm_plugin_notebook.plugin import clm_job_types

LANGS = list(PROG_LANGS.values())


@pytest.mark.parametrize("lang", LANGS, ids=lambda lang: lang.name)
def test_same_cells_in_every_language(topic: Any, lang: ProgLang) -> None:
    topic.name = f"slides_deck{lang.suffix}"
    title, english, kept, alternative = cells(topic, in_language(DECK, lang))
    assert "A Title" in title[1]
    assert "Ada Lovelace" in title[1]
    assert english == ("markdown", "## English")
    assert kept == ("code", f'x = "# %% no header"\n{lang.comment} a comment')
    assert alternative == ("code", "y = 2")


@pytest.mark.parametrize("lang", LANGS, ids=lambda lang: lang.name)
def test_language_sets_kernel_lexer_suffix(topic: Any, lang: ProgLang) -> None:
    topic.name = f"slides_deck{lang.suffix}"
    topic.only(variant("completed", "notebook"), variant("completed", "code"))
    request = topic.plan(in_language(DECK, lang))
    names = {output.name: output.destinations[0].name for output in request.outputs}
    assert names["en/code/completed"] == f"03 A Title{lang.suffix}"
    outputs = topic.outputs(in_language(DECK, lang))
    assert outputs["en/code/completed"].endswith(f"\n{lang.comment} %%\ny = 2\n")
    metadata = json.loads(outputs["en/notebook/completed"])["metadata"]
    assert metadata["kernelspec"]["name"] == lang.kernel
    assert metadata["language_info"]["file_extension"] == lang.suffix
    assert get_lexer_by_name(metadata["language_info"]["pygments_lexer"])


@pytest.mark.parametrize("lang", LANGS, ids=lambda lang: lang.name)
def test_language_sets_code_folder(lang: ProgLang) -> None:
    (job_type,) = clm_job_types()
    (code,) = [format for format in job_type.formats if format.name == "code"]
    assert code.folder_for(lang.name) == lang.folder
    assert code.folder_for(f" {lang.name.upper()}") == lang.folder, "as in a spec"


def test_settings_add_language(topic: Any) -> None:
    kotlin = ProgLangSettings(suffix=".kt", comment="//", folder="Kotlin", kernel="kotlin-jupyter")
    settings = NotebookSettings(prog_langs={"kotlin": kotlin})
    (job_type,) = clm_job_types()
    job_type = job_type.configured(settings)
    assert job_type.claims(PurePosixPath("slides_deck.kt"))
    (code,) = [format for format in job_type.formats if format.name == "code"]
    assert code.folder_for("kotlin") == "Kotlin"
    topic.name = "slides_deck.kt"
    topic.context = evolve(topic.context, settings=settings)
    assert cells(topic, "// %%\nval x = 1\n") == [("code", "val x = 1")]
    assert topic.plan("").payload.prog_lang.kernel == "kotlin-jupyter"


def test_settings_change_only_kernel() -> None:
    settings = NotebookSettings(prog_langs={"java": ProgLangSettings(kernel="rapaio")})
    assert prog_langs(settings.prog_langs)["java"] == evolve(
        PROG_LANGS["java"], kernel="rapaio", kernel_title="rapaio", remedy=""
    )


@pytest.mark.parametrize(
    ("name", "own", "reason"),
    [
        ("jva", ProgLangSettings(kernel="x"), "did you mean 'java'"),
        ("kotlin", ProgLangSettings(suffix=".kt"), "needs `suffix` and `comment`"),
        ("kotlin", ProgLangSettings(suffix=".java", comment="//"), "has the same suffix as 'java'"),
        ("kotlin", ProgLangSettings(suffix=".md", comment="//"), "suffix as 'Markdown': '.md'"),
        ("kotlin", ProgLangSettings(suffix="kt", comment="//"), "not like `.abc`"),
        ("kotlin", ProgLangSettings(suffix=".kt", comment="/*"), "not one of #, //"),
    ],
)
def test_invalid_language_settings_rejected(name: str, own: ProgLangSettings, reason: str) -> None:
    with pytest.raises(ValueError, match=re.escape(reason)):
        NotebookSettings(prog_langs={name: own})


def test_unknown_language_rejected(topic: Any) -> None:
    topic.name = "slides_deck.md"
    topic.context = evolve(topic.context, prog_lang="pyton")
    with pytest.raises(ConversionError, match="'pyton'") as caught:
        topic.plan("text")
    assert caught.value.hint is not None
    assert "did you mean 'python'" in caught.value.hint
    assert "prog-langs" in caught.value.hint


def test_course_macros_per_language(topic: Any) -> None:
    topic.templates = {
        "macros.j2": b"{% macro header(de, en) %}%% [markdown]\n# for all{% endmacro %}",
        "java/macros.j2": b"{% macro header(de, en) %}%% [markdown]\n// for Java{% endmacro %}",
    }
    topic.name = "slides_deck.java"
    text = in_language(DECK.split("\n\n")[0] + "\n", PROG_LANGS["java"])
    assert cells(topic, text) == [("markdown", "for Java")]
