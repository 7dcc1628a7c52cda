from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clm_plugin_notebook.decks.titles import file_name, find_titles, notebook_titles

LANGUAGES = ("de", "en")


@pytest.mark.parametrize(
    "call",
    [
        '# {{ header("Schöne Titel", "Nice Titles") }}',
        "# {{ header('Schöne Titel', 'Nice Titles') }}",
        '# {{header( "Schöne Titel" ,"Nice Titles", )}}',
        '# {{ header("Schöne Titel",\n             "Nice Titles") }}',
        '# {{ header("Schöne Titel",\n#            "Nice Titles") }}',
        '# {{ header(\n#     "Schöne Titel",\n#     "Nice Titles",\n# ) }}',
        '# {{ header_de("Schöne Titel") }}\n\n# {{ header_en("Nice Titles") }}',
    ],
)
def test_titles_from_header_call(call: str) -> None:
    text = f"# j2 from 'macros.j2' import header\n{call}\n\n# %%\n"
    assert find_titles(text, LANGUAGES, "stem") == {"de": "Schöne Titel", "en": "Nice Titles"}


@pytest.mark.parametrize("text", ["", "# %%\nheader('a', 'b')\n", '# {{ header(title, "b") }}'])
def test_unreadable_call_uses_default_title(text: str) -> None:
    assert find_titles(text, LANGUAGES, "slides_x") == {"de": "slides_x", "en": "slides_x"}


@pytest.mark.parametrize(
    "call",
    [
        '# {{ header("Titel", "Title", fr="Titre") }}',
        '# {{ header(de="Titel", fr="Titre", en="Title") }}',
        "# {{ header('Titel',\n#   'Title',\n#   fr = 'Titre') }}",
        '# {{ header("Titel", "Title") }}\n\n# {{ header_fr("Titre") }}',
    ],
)
def test_title_in_any_language(call: str) -> None:
    titles = find_titles(call, ("de", "en", "fr"), "x")
    assert titles == {"de": "Titel", "en": "Title", "fr": "Titre"}


def test_region_language_uses_underscore() -> None:
    assert find_titles('{{ header(pt_br="Título") }}', ("pt-BR",), "x") == {"pt-BR": "Título"}


def test_call_lines_may_be_commented() -> None:
    text = '// {{ header("A",\n//    "B") }}'
    assert find_titles(text, LANGUAGES, "x", "//") == {"de": "A", "en": "B"}


def test_empty_title_kept() -> None:
    assert find_titles('# {{ header("", "") }}', LANGUAGES, "x") == {"de": "", "en": ""}


def test_notebook_title_from_metadata() -> None:
    named = {"metadata": {"title": "Both"}, "cells": []}
    assert notebook_titles(named, LANGUAGES, "x") == {"de": "Both", "en": "Both"}
    named = {"metadata": {"title": {"de": "Titel", "en": "Title"}}, "cells": []}
    assert notebook_titles(named, LANGUAGES, "x") == {"de": "Titel", "en": "Title"}


def test_notebook_title_from_first_heading() -> None:
    cells = [
        {"cell_type": "code", "source": "# no heading"},
        {"cell_type": "markdown", "source": ["text\n", "# Titel #\n"], "metadata": {"lang": "de"}},
    ]
    assert notebook_titles({"cells": cells}, LANGUAGES, "x") == {"de": "Titel", "en": "x"}


@pytest.mark.parametrize(
    "metadata",
    [
        {"tags": ["notes"]},
        {"tags": ["private"]},
        {"tags": ["remove-cell"]},
        {"tags": "voiceover"},
        {"nbgrader": {"solution": True}},
        {"slideshow": {"slide_type": "notes"}},
    ],
)
def test_hidden_heading_is_no_title(metadata: dict[str, object]) -> None:
    hidden = {"cell_type": "markdown", "metadata": metadata, "source": "# Secret"}
    shown = {"cell_type": "markdown", "metadata": {}, "source": "# Title"}
    assert notebook_titles({"cells": [hidden, shown]}, ["en"], "deck") == {"en": "Title"}


def test_solution_heading_is_no_title() -> None:
    source = "### BEGIN SOLUTION\n# Secret\n### END SOLUTION\n# Title"
    cell = {"cell_type": "markdown", "metadata": {}, "source": source}
    assert notebook_titles({"cells": [cell]}, ["en"], "deck") == {"en": "Title"}


def test_single_title_used_for_all() -> None:
    assert find_titles('# {{ header_de("Nur") }}', LANGUAGES, "x") == {"de": "Nur", "en": "Nur"}


def test_escaped_quote_kept_in_title() -> None:
    text = r'# {{ header("Sag \"Hallo\"", "Say \"hello\"") }}'
    assert find_titles(text, ("en",), "x") == {"en": 'Say "hello"'}


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Einführung in C#", "Einführung in CSharp"),
        ("Sets {1} and [2]", "Sets (1) and (2)"),
        (r"a/b\c$d#e%f&g<h>i*j=k^l€m|n", "a_b_c_d_e_f_g_h_i_j_k_l_m_n"),
        ('What; is! "it"? It\'s `x`: 1.5.', "What is it Its x 15"),
        ("  two \t lines\nhere ", "two lines here"),
        ("Part 1 -  A : B", "Part 1 -  A  B"),
        ("CON", "_CON"),
        ("a" * 159 + " too long", "a" * 159),
        ("nul and void", "_nul and void"),
        ("...", ""),
        ("", ""),
        ("U\u0308bung", "Übung"),
        ("a\x00b\x1b", "a b"),
    ],
)
def test_title_to_file_name(title: str, name: str) -> None:
    assert file_name(title) == name


@given(st.text(max_size=400))
def test_file_names_portable(title: str) -> None:
    name = file_name(title)
    assert not set(name) & set('/\\:*?"<>|')
    assert name.isprintable()
    assert name == name.strip(" .")
    assert len(name.encode()) <= 200


@given(st.text(max_size=200))
def test_file_name_is_idempotent(title: str) -> None:
    name = file_name(title)
    assert file_name(name) == name
