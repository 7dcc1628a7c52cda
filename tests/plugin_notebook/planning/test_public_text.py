"""Text of a deck that students see, as planning reads it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest
from attrs import evolve

from clm import ConversionError, FileInput, PlanContext, SourceFile, Variant
from clm.testing.course_project import CourseProject
from clm.testing.light_import import modules_imported_by_planning
from clm_plugin_notebook.decks.deck import InvalidDeckError
from clm_plugin_notebook.plugin import clm_job_types

Text = Callable[..., str]


def variants(*kinds: str) -> tuple[Variant, ...]:
    return tuple(
        Variant(language, kind, form, PurePosixPath(language, form, kind), kind != "speaker")
        for language in ("de", "en")
        for kind in kinds
        for form in ("html", "notebook", "code")
    )


CONTEXT = PlanContext(
    course_name={"de": "Kurs", "en": "Course"},
    section_name={},
    topic_id="a",
    prog_lang="python",
    author="",
    organization={},
    number=0,
    variants=variants("code-along", "completed", "speaker"),
)


@pytest.fixture
def public(tmp_path: Path) -> Text:
    """The public text of a deck with this text."""

    def read(deck: str, name: str = "slides_a.py", context: PlanContext = CONTEXT) -> str:
        path = tmp_path / name
        path.write_text(deck, encoding="utf-8")
        source = SourceFile(path, PurePosixPath(name), f"slides/{name}", "")
        return "\n".join(clm_job_types()[0].public_text(source, context))

    return read


HEADERS = [
    '# %% [markdown] tags=["notes"]',
    '#%%[markdown] tags=["voiceover"]',
    '# %% [markdown] lang="en" tags=["private"]',
    '# %% tags=["del"]',
    '# %% [markdown] tags="notes"',
    '# %% {"tags": ["private"]}',
    '# %% [markdown] slideshow={"slide_type": "notes"}',
    '# %% title [markdown] tags=["notes", "slide_x"]',
]


@pytest.mark.parametrize("header", HEADERS)
def test_hidden_cell_left_out(public: Text, header: str) -> None:
    text = public(f"# %% [markdown]\n# PUBLIC\n{header}\n# SECRET\n# %% [markdown]\n# MORE\n")

    assert "PUBLIC" in text
    assert "MORE" in text
    assert "SECRET" not in text


@pytest.mark.parametrize(
    "header",
    [
        "# %% [markdown]",
        '# %% [markdown] lang="de" tags=["slide"]',
        '# %% tags=["keep"]',
        "# %%",
        '# %% tags=["alt"]',
        '# %% tags=["start"]',
    ],
)
def test_shown_cell_is_text(public: Text, header: str) -> None:
    assert "SHOWN" in public(f"{header}\n# SHOWN\n")


def test_only_kinds_of_course_count(public: Text) -> None:
    context = evolve(CONTEXT, variants=variants("code-along", "speaker"))
    deck = '# %% tags=["alt"]\n# SOLUTION\n# %%\n# BLANKED\n# %% tags=["keep"]\n# KEPT\n'
    text = public(deck, context=context)

    assert "KEPT" in text
    assert "SOLUTION" not in text
    assert "BLANKED" not in text


@pytest.mark.parametrize("line", ['# % [markdown] tags=["notes"]', "## %%", "# + {}"])
def test_possible_header_leaves_out_all(public: Text, line: str) -> None:
    assert "SECRET" not in public(f"# %% [markdown]\n# x\n{line}\n# SECRET\n")


def test_invalid_header_is_error(public: Text) -> None:
    with pytest.raises(InvalidDeckError):
        public("# %% [markdown] tags=[{]\n# SECRET\n")


def test_near_miss_tag_is_error(public: Text) -> None:
    with pytest.raises(InvalidDeckError):
        public('# %% [markdown] tags=["note"]\n# SECRET\n')


@pytest.mark.parametrize("quotes", ['"""', "'''"])
@pytest.mark.parametrize("header", ['# %% tags=["private"]', "# %%"])
def test_header_in_string_starts_no_cell(public: Text, quotes: str, header: str) -> None:
    deck = f"{header}\nx = {quotes}\n# %% [markdown]\n# SECRET\n{quotes}\n# %%\n# SHOWN\n"
    text = public(deck)

    assert "SECRET" not in text
    assert "SHOWN" in text


def test_unclear_string_leaves_out_rest(public: Text) -> None:
    text = public('# %% tags=["private"]\nx = "\\""""\n# %%\n# SECRET\n')
    assert "SECRET" not in text


@pytest.mark.parametrize(
    "template",
    [
        "# {{ macro() }}",
        '# {% include "notes.py" %}',
        "# {% if is_html %}",
        "# {# comment #}",
        '# j2 include "notes.py"',
        "# j2 if is_html",
    ],
)
def test_text_behind_template_left_out(public: Text, template: str) -> None:
    text = public(f"# %% [markdown]\n# SHOWN\n{template}\n# SECRET\n")

    assert "SHOWN" in text
    assert "SECRET" not in text


def test_commented_cells_left_out(public: Text) -> None:
    deck = "# %%\n# A\n{#\n# %%\n# SECRET\n#}\n# %%\n# B\n{% if x %}\n# %%\n# SECRET\n{% endif %}\n"
    text = public(f"# j2 from 'macros.j2' import header\n{deck}# SECRET\n# %%\n# C\n")

    assert "SECRET" not in text
    assert all(letter in text for letter in "ABC")


def test_header_macro_keeps_text(public: Text) -> None:
    deck = '# j2 from "macros.j2" import header\n{{ header("T", "T") }}\n\nSHOWN\n'
    assert "SHOWN" in public(deck, "slides_a.md")


def test_markdown_deck(public: Text) -> None:
    deck = (
        "Shown A\n\n"
        '<!-- #region tags=["notes"] -->\nSECRET\n<!-- #endregion -->\n\n'
        '```python tags=["private"]\nSECRET\n```\n\n'
        "Shown B\n"
    )
    text = public(deck, "slides_a.md")

    assert "Shown A" in text
    assert "Shown B" in text
    assert "SECRET" not in text


def test_notebook(public: Text) -> None:
    def cell(source: object, **metadata: object) -> dict[str, object]:
        return {"cell_type": "markdown", "metadata": metadata, "source": source}

    cells = [
        cell(["SHOWN ", "text"]),
        cell("SECRET", tags=["notes"]),
        cell("SECRET", slideshow={"slide_type": "notes"}),
    ]
    text = public(json.dumps({"cells": cells, "nbformat": 4}), "slides_a.ipynb")

    assert "SHOWN text" in text
    assert "SECRET" not in text


@pytest.mark.parametrize(
    ("deck", "name"),
    [
        ("# ---\n# jupyter:\n#   jupytext:\n#     text_representation:\n"
         "#       format_name: light\n# ---\n\n# SECRET\n", "slides_a.py"),
        ("# region private\nSECRET\n", "slides_a.py"),
        ('# %%\n"SECRET"\n', "slides_a.R"),
        ("SECRET\n", "slides_a.Rmd"),
        ("```{code-cell}\nSECRET\n```\n", "slides_a.md"),
    ],
)  # fmt: skip
def test_other_formats_have_none(public: Text, deck: str, name: str) -> None:
    assert public(deck, name).strip() == ""


@pytest.mark.parametrize("deck", ['{"cells": null}', '{"cells": [3], "nbformat": 4}', "SECRET"])
def test_malformed_notebook_is_error(public: Text, deck: str) -> None:
    with pytest.raises(ConversionError, match="not a Jupyter notebook"):
        public(deck, "slides_a.ipynb")


def test_imported_modules_named(public: Text, tmp_path: Path) -> None:
    modules = {
        "helper.py": "from lib import tools\nimport os\n",
        "lib/__init__.py": "",
        "lib/tools.py": "",
        "other.py": "",
        "secret.py": "",
    }
    inputs = []
    for name, code in modules.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(code)
        inputs.append(FileInput(name, path, ""))
    deck = '# %%\nimport helper as h, sys\n# %% tags=["private"]\nimport secret\n'
    text = public(deck, context=evolve(CONTEXT, topic_files=tuple(inputs)))

    named = {name for name in modules if name in text.split("\n")}
    assert named == {"helper.py", "lib/__init__.py", "lib/tools.py"}


def test_planning_imports_no_jupytext(tmp_path: Path) -> None:
    course = CourseProject(tmp_path, more_spec="defaults: {private-files: true}\n")
    course.add("intro/slides_a.py", "# %% [markdown]\n# x.csv\n")
    course.add("intro/slides_b.md", "Text\n")
    course.add("intro/x.csv", "")

    imported = modules_imported_by_planning(course.spec)

    assert "clm_plugin_notebook.planning.public_text" in imported
    assert not {"jupytext", "nbformat", "nbconvert", "jupyter_client"} & set(imported)
