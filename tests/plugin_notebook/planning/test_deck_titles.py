"""Titles of decks from metadata and from the first heading that all students see."""

from __future__ import annotations

from typing import Any

import pytest

from clm_plugin_notebook.planning.deck_titles import notebook_titles, text_titles

LANGUAGES = ("de", "en")
NOT_SHOWN = [
    'tags=["notes"]',
    'tags=["private"]',
    'tags=["voiceover"]',
    'tags=["del"]',
    'tags=["alt"]',
    'tags=["completed"]',
    'tags=["answer"]',
    'tags=["remove-cell"]',
    'slideshow={"slide_type": "notes"}',
    'lang="fr"',
    'tags="',
]


def of_notebook(*sources: str, **metadata: Any) -> dict[str, str]:
    cells = [{"cell_type": "markdown", "metadata": {}, "source": s} for s in sources]
    notebook = {"metadata": metadata, "cells": cells}
    return dict(notebook_titles(notebook, LANGUAGES, "x"))


def of_script(text: str, comment: str = "#") -> dict[str, str]:
    return dict(text_titles(text, LANGUAGES, "x", comment, is_markdown=False))


def of_markdown(text: str) -> dict[str, str]:
    return dict(text_titles(text, LANGUAGES, "x", "%", is_markdown=True))


def both(title: str) -> dict[str, str]:
    return {"de": title, "en": title}


def commented(markdown: str) -> str:
    return "".join(f"# {line}\n" for line in markdown.split("\n"))


HEADINGS = [
    ("# Environments", "Environments"),
    ("#   Two  words #", "Two words"),
    ("\n\nText\n\n# Later\n\n# Not this", "Later"),
    ("# [Strings](https://example.org/strings.html#text)\nText", "Strings"),
    ('# The *map* of $x^2$ <a id="m"></a> ![](i.png)\nText', "The map of x^2"),
    ("# From $5 to *$6*", "From $5 to $6"),
    ("Numbers and sums\n================\nText\n\n# Exercises", "Numbers and sums"),
    ("<h1>Numbers</h1>\n\nText\n\n```\n# not a heading\n```", "Numbers"),
    ('<div>\n<h1 class="t">A <em>b</em></h1>\n</div>', "A b"),
    ("# `print` and [a][b]\n\n[b]: https://x.org", "print and a"),
    ("# ![logo](logo.png)\n\n# Real", "Real"),
    ("# Q&amp;A: what's \\*new\\*?", "Q&A: what's *new*?"),
    ("> # Quoted", "Quoted"),
    ("## Second\n\n# First", "First"),
    ("Install first:\n\n```bash\n# activate it\n```\n\n# Environments", "Environments"),
    ("~~~\n# no\n~~~\n\n    # no\n\n<!-- # no -->\n\n<!--\n# no\n-->\n\n# Yes", "Yes"),
    ("`````\n```\n# no\n`````\n# Yes", "Yes"),
]


@pytest.mark.parametrize(("markdown", "title"), HEADINGS)
def test_first_heading_is_title(markdown: str, title: str) -> None:
    assert of_notebook(markdown) == both(title)
    assert of_script(f"# %% [markdown]\n{commented(markdown)}") == both(title)
    assert of_markdown(markdown) == both(title)


@pytest.mark.parametrize(
    "markdown", ["", "Text", "## Second", "```\n# no\n```", "    # no", "#", "<!-- # no -->"]
)
def test_deck_without_heading_gets_default(markdown: str) -> None:
    assert of_notebook(markdown) == both("x")
    assert of_script(f"# %% [markdown]\n{commented(markdown)}") == both("x")
    assert of_markdown(markdown) == both("x")


def test_heading_of_later_cell_found() -> None:
    assert of_notebook("```\n# activate\n```", "# Environments") == both("Environments")


def test_heading_of_each_language() -> None:
    text = '# %% [markdown] lang="en"\n# # A\n# %% [markdown] lang="de"\n# # B\n'
    assert of_script(text) == {"de": "B", "en": "A"}
    assert of_script(text.replace('lang="de"', 'lang="fr"')) == {"de": "x", "en": "A"}


@pytest.mark.parametrize("attributes", NOT_SHOWN)
def test_hidden_heading_no_title(attributes: str) -> None:
    script = f"# %% [markdown] {attributes}\n# # Secret\n"
    assert of_script(script) == both("x")
    assert of_script(f"{script}# %% [markdown]\n# # Public\n") == both("Public")
    markdown = f"<!-- #region {attributes} -->\n# Secret\n<!-- #endregion -->\n"
    assert of_markdown(markdown) == both("x")
    assert of_markdown(f"{markdown}\n# Public\n") == both("Public")


@pytest.mark.parametrize(
    "metadata",
    [
        {"tags": ["notes"]},
        {"tags": ["private"]},
        {"slideshow": {"slide_type": "notes"}},
        {"lang": "fr"},
        {"tags": 1},
        {"tags": "voiceover"},
        {"tags": ["remove-cell"]},
        ["no metadata"],
    ],
)
def test_hidden_heading_of_notebook_no_title(metadata: Any) -> None:
    cells = [
        {"cell_type": "markdown", "metadata": metadata, "source": "# Secret"},
        {"cell_type": "markdown", "metadata": {}, "source": ["# Pub", "lic\n"]},
    ]
    assert notebook_titles({"cells": cells}, LANGUAGES, "x") == both("Public")


def test_solution_no_title() -> None:
    assert of_notebook("### BEGIN SOLUTION\n# Secret\n### END SOLUTION\n# Public") == both("Public")


def test_hidden_cell_of_myst_no_title() -> None:
    text = '+++ {"tags": ["notes"]}\n# Secret\n+++\n# Public\n'
    assert of_markdown(text) == both("Public")
    assert of_markdown("+++ {not JSON}\n# Secret\n") == both("x")


def test_code_cell_no_title() -> None:
    assert of_script("# # First\n# %%\n# # comment\n# %% [raw]\n# # raw\n") == both("x")


@pytest.mark.parametrize("quotes", ['"""', "'''", 'r"""'])
def test_heading_in_string_cell(quotes: str) -> None:
    text = f"# %% [markdown]\n{quotes}\n# Title\n{quotes.lstrip('r')}\n"
    assert of_script(text) == both("Title")


def test_heading_in_other_languages() -> None:
    assert of_script("// %% [markdown]\n// # Title\n", "//") == both("Title")


def test_light_script_has_title() -> None:
    header = "# ---\n# jupyter:\n#   jupytext:\n#     text_representation:\n"
    header += "#       format_name: light\n# ---\n\n"
    assert of_script(f"{header}# # Title\n# Text\n\nx = 1\n") == both("Title")
    assert of_script(f'{header}# + [markdown] tags=["notes"]\n# # Secret\n# -\n') == both("x")


@pytest.mark.parametrize(
    "text",
    [
        '# %% [markdown]\n# {% if lang == "de" %}\n# # A\n# {% else %}\n# # B\n# {% endif %}\n',
        '# j2 if lang == "de"\n# %% [markdown]\n# # A\n# j2 endif\n',
        "# %% [markdown]\n# # {{ title }}\n# %% [markdown]\n# # B\n",
        '# {{ header(title, "b") }}\n# %% [markdown]\n# # B\n',
    ],
)
def test_heading_of_template_no_title(text: str) -> None:
    assert of_script(text) == both("x")


def test_call_comes_first() -> None:
    text = '# {{ header("A", "B") }}\n# %% [markdown]\n# # C\n'
    assert of_script(text) == {"de": "A", "en": "B"}


def test_metadata_come_before_headings() -> None:
    assert of_notebook("# Heading", title="Both") == both("Both")
    named = {"title": {"de": "Titel", "en": "Title"}}
    assert of_notebook("# Heading", **named) == {"de": "Titel", "en": "Title"}
    assert of_notebook("# Heading", title=7) == both("Heading")


@pytest.mark.parametrize(
    ("header", "titles"),
    [
        ("title: Both", both("Both")),
        ('author: A\ntitle: "Part 1: x"\ndate: 1', both("Part 1: x")),
        ("title: {de: Titel, en: Title}", {"de": "Titel", "en": "Title"}),
        ("title:\n  de: Titel\n  en: Title", {"de": "Titel", "en": "Title"}),
        ("title: >\n  Folded\nx: 1", both("Folded")),
        ("subtitle: x\nkernelspec:\n  title: y", both("Heading")),
        ("title:", both("Heading")),
    ],
)
def test_title_of_front_matter(header: str, titles: dict[str, str]) -> None:
    assert of_markdown(f"---\n{header}\n---\n\n# Heading\n") == titles
    script = f"# ---\n{commented(header)}# ---\n# %% [markdown]\n# # Heading\n"
    assert of_script(script) == titles


def test_plain_headings_need_no_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clm_plugin_notebook.decks.text.titles.headings", None)
    assert of_notebook('\n# Übung 1: what\'s "new" (and old)?\nText') == both(
        'Übung 1: what\'s "new" (and old)?'
    )
    assert of_notebook("Text\n## Second") == both("x")


def test_notebooks_named_by_headings(topic: Any) -> None:
    topic.name = "slides_v1.2-four.ipynb"
    request = topic.plan(
        b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": ['
        b'{"cell_type": "markdown", "metadata": {}, "source": "<h1>Numbers</h1>"}]}'
    )
    names = {place.stem for output in request.outputs for place in output.destinations}
    assert names == {"03 Numbers"}
