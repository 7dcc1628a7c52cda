"""Titles in calls of macros, and the file names made of titles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clm_plugin_notebook.decks.text.titles import called_titles, file_name

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
    assert called_titles(text, LANGUAGES, "stem") == {"de": "Schöne Titel", "en": "Nice Titles"}


def test_unreadable_call_uses_default_title() -> None:
    titles = called_titles('# {{ header(title, "b") }}', LANGUAGES, "slides_x")
    assert titles == {"de": "slides_x", "en": "slides_x"}


@pytest.mark.parametrize("text", ["", "# %%\nheader('a', 'b')\n"])
def test_text_without_call_has_no_titles(text: str) -> None:
    assert called_titles(text, LANGUAGES, "slides_x") == {}


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
    titles = called_titles(call, ("de", "en", "fr"), "x")
    assert titles == {"de": "Titel", "en": "Title", "fr": "Titre"}


def test_region_language_uses_underscore() -> None:
    assert called_titles('{{ header(pt_br="Título") }}', ("pt-BR",), "x") == {"pt-BR": "Título"}


def test_call_lines_may_be_commented() -> None:
    text = '// {{ header("A",\n//    "B") }}'
    assert called_titles(text, LANGUAGES, "x", "//") == {"de": "A", "en": "B"}


def test_empty_title_kept() -> None:
    assert called_titles('# {{ header("", "") }}', LANGUAGES, "x") == {"de": "", "en": ""}


def test_single_title_used_for_all() -> None:
    assert called_titles('# {{ header_de("Nur") }}', LANGUAGES, "x") == {"de": "Nur", "en": "Nur"}


def test_escaped_quote_kept_in_title() -> None:
    text = r'# {{ header("Sag \"Hallo\"", "Say \"hello\"") }}'
    assert called_titles(text, ("en",), "x") == {"en": 'Say "hello"'}


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
