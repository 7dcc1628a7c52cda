"""Diagnostics of decks by `clm validate`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from pathlib import Path, PurePosixPath

import pytest
from attrs import evolve

from clm import (
    ConversionError,
    Diagnostic,
    FileInput,
    JobInput,
    Place,
    PlanContext,
    Severity,
    SourceFile,
    Variant,
)
from clm.jobs.key import digest_file
from clm_plugin_notebook.languages import ProgLangSettings
from clm_plugin_notebook.payload import NotebookSettings
from clm_plugin_notebook.plugin import clm_job_types

TEXT = '# %% [markdown] lang="en" tags=["slide"]\n'
Check = Callable[..., list[Diagnostic]]


def variants(*formats: str) -> tuple[Variant, ...]:
    return tuple(
        Variant(language, kind, format, PurePosixPath(language, format, kind), kind != "speaker")
        for language in ("de", "en")
        for kind in ("code-along", "completed", "speaker")
        for format in formats
    )


CONTEXT = PlanContext(
    course_name={"de": "Kurs", "en": "Course"},
    section_name={"de": "Woche", "en": "Week"},
    topic_id="deck",
    prog_lang="python",
    author="",
    organization={},
    number=1,
    variants=variants("html", "notebook", "code"),
    settings=NotebookSettings(),
)


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Check a deck with other files in its topic."""

    def run(
        deck: str,
        files: Iterable[str] = (),
        context: PlanContext = CONTEXT,
        name: str = "slides_deck.py",
    ) -> list[Diagnostic]:
        def write(name: str, text: str) -> FileInput:
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            return FileInput(name, path, digest_file(path))

        own = write(name, deck)
        inputs = (*context.topic_files, *(write(name, "") for name in files))
        source = SourceFile(own.path, PurePosixPath(name), f"slides/{name}", own.digest)
        (job_type,) = clm_job_types()
        assert job_type.check is not None
        return list(job_type.check(source, evolve(context, topic_files=inputs)))

    return run


def test_valid_deck_has_no_diagnostics(check: Check) -> None:
    assert check(TEXT + "# ![a cat](img/cat.png)\n", ["img/cat.png"]) == []


def test_code_is_not_run(check: Check, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    assert check(f"# %%\nopen({str(mark)!r}, 'w')\nraise ValueError\n") == []
    assert not mark.exists()


def test_unknown_tags_missing_images_warned(
    check: Check,
) -> None:
    found = check(f'# %% tags=["kep"]\n1\n\n{TEXT}# ![a cat](img/cat.png)\n')
    assert {(d.severity, d.place.line) for d in found if d.place} == {
        (Severity.WARNING, 1),
        (Severity.WARNING, 5),
    }


def test_message_once_for_all_audiences(check: Check) -> None:
    (warning,) = check("# %% [markdown]\n# ![a cat](img/cat.png)\n")
    assert "the image img/cat.png does not exist" in warning.message


def test_generated_image_not_missing(check: Check) -> None:
    made = JobInput("img/cat.png", "drawing:cat", "out")
    assert (
        check(TEXT + "# ![a cat](img/cat.png)\n", context=evolve(CONTEXT, topic_files=(made,)))
        == []
    )


def test_all_header_errors_reported(check: Check) -> None:
    two = '# %% tags=["slide", "subslide"]\n1\n'
    found = check(two + two)
    assert [(d.severity, d.place.line) for d in found if d.place] == [
        (Severity.ERROR, 1),
        (Severity.ERROR, 3),
    ]


@pytest.mark.parametrize(
    ("options", "message", "file"),
    [
        ({}, "unknown `prog-lang` 'pyton' in the course", "slides"),
        (
            {"prog-lang": "pyton"},
            "unknown `prog-lang` 'pyton' in the topic 'deck'",
            "slides/slides_deck.py",
        ),
    ],
)
def test_unknown_language_warned_with_suggestion(
    check: Check, options: dict[str, str], message: str, file: str
) -> None:
    context = evolve(CONTEXT, prog_lang="pyton", options=options)
    (warning,) = check("# %%\n1\n", context=context)
    assert (warning.severity, warning.message, warning.place) == (
        Severity.WARNING,
        message,
        Place(file),
    )
    assert warning.hint == "did you mean 'python'?; add others with the setting `prog-langs`"


def test_language_from_settings_known(check: Check) -> None:
    own = {"kotlin": ProgLangSettings(suffix=".kt", comment="//")}
    context = evolve(CONTEXT, prog_lang="kotlin", settings=NotebookSettings(prog_langs=own))
    assert check("# %%\n1\n", context=context) == []


INVALID = '# %% [markdown] tags=["slide", "subslide" lang=\n# ## Two\n# ![in it](c.png)\n'
# The cells before and after it are valid if it is read as a Markdown cell.
AROUND = "# %% [markdown]\n# # One\n", "# %% [markdown]\n# ### Three\n# ![below](d.png) [1](#Two)\n"


def test_invalid_header_affects_nothing_else(check: Check) -> None:
    found = check(INVALID.join(AROUND))
    assert [(d.severity, d.place.line) for d in found if d.place] == [
        (Severity.ERROR, 3),
        (Severity.WARNING, 5),
        (Severity.WARNING, 8),
    ]


INVALID_REGION = '<!-- #region tags=["slide" lang= -->\n![in it](c.png)\n<!-- #endregion -->\n'
INVALID_NOTEBOOK = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {},
    "cells": [
        {"cell_type": "markdown", "metadata": {"lang": 5}, "source": "![in it](c.png)"},
    ],
}


@pytest.mark.parametrize(
    ("name", "deck"),
    [
        ("slides_deck.md", INVALID_REGION),
        ("slides_deck.ipynb", json.dumps(INVALID_NOTEBOOK)),
    ],
)
def test_text_under_invalid_header_checked(check: Check, name: str, deck: str) -> None:
    error, warning = check(deck, name=name)
    assert "invalid cell header" in error.message
    assert "the image c.png does not exist" in warning.message


@pytest.mark.parametrize("format", ["html", "slides", "notebook", "code"])
def test_invalid_header_single_error(check: Check, format: str) -> None:
    found = check("# %% tags=\n1\n", context=evolve(CONTEXT, variants=variants(format)))
    assert [d.severity for d in found] == [Severity.ERROR]


def test_jinja_error_has_line(check: Check) -> None:
    (error,) = check("# %%\n# {{ nothing }}\n")
    assert "undefined" in error.message
    assert error.place is not None and (error.place.line, error.place.column) == (2, 6)


@pytest.mark.parametrize(
    ("deck", "line", "column", "excerpt"),
    [
        ('# %% tags=["kep"]\n1\n', 1, 13, "kep"),
        ('# %% [markdown] lang="english"\n# x\n', 1, 23, "english"),
        ("# %% [markdown]\n# ![x](a.png) ![y](b.png)\n", 2, 8, "a.png"),
        ('# %% tags=["slide", "subslide"]\n1\n', 1, 13, "slide"),
    ],
)
def test_diagnostic_has_column(
    check: Check, deck: str, line: int, column: int, excerpt: str
) -> None:
    first = check(deck)[0]
    assert first.place is not None
    assert (first.place.line, first.place.column, first.excerpt) == (line, column, excerpt)


def test_unplannable_deck_rejected(check: Check) -> None:
    with pytest.raises(ConversionError, match="contains no characters for a file name"):
        check('# {{ header("!", "?") }}\n')


@pytest.mark.parametrize("format", ["slides", "pdf", "notebook", "code"])
def test_check_needs_no_browser(check: Check, monkeypatch: pytest.MonkeyPatch, format: str) -> None:
    monkeypatch.setenv("CLM_BROWSER", "/nowhere/browser")
    (warning,) = check('# %% tags=["kep"]\n1\n', context=evolve(CONTEXT, variants=variants(format)))
    assert "unknown tag 'kep'" in warning.message


def test_large_deck_checked(check: Check) -> None:
    deck = f"# %%\n# {'x' * 1_000_000}\n\n{TEXT}# ![a cat](img/cat.png)\n"
    assert ["img/cat.png" in d.message for d in check(deck)] == [True]
