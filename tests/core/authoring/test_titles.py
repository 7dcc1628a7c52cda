"""Titles from the command line, and file names derived from them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clm.authoring.titles import slug, titles_by_language
from clm.errors import UsageError


@pytest.mark.parametrize(
    ("words", "titles"),
    [
        (["Loops"], {"de": "Loops", "en": "Loops"}),
        (["de=Schleifen", "en=Loops"], {"de": "Schleifen", "en": "Loops"}),
        (["en=Loops"], {"de": "Loops", "en": "Loops"}),
        (["Loops", "de=Schleifen"], {"de": "Schleifen", "en": "Loops"}),
        (["  Two \n words "], {"de": "Two words", "en": "Two words"}),
        (["x = 1"], {"de": "x = 1", "en": "x = 1"}),
    ],
)
def test_title_per_language_with_fallback(words, titles):
    assert titles_by_language(words, ("de", "en")) == titles


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "no title given"),
        (["My", "Title"], "several titles"),
        (["de=A", "de=B"], "several titles"),
        (["fr=Boucles"], "'fr' in 'fr=Boucles' is not a language of the course"),
        ([" "], "invalid title"),
        (["a\x1b[2J"], "invalid title"),
    ],
)
def test_invalid_titles_refused(words, message):
    with pytest.raises(UsageError, match=re.escape(message)):
        titles_by_language(words, ("de", "en"))


@pytest.mark.parametrize(
    ("title", "name"),
    [("Loops & More!", "loops_more"), ("Größe über Maß", "groesse_ueber_mass"), ("你好", "")],
)
def test_slug_is_portable_file_name(title, name):
    assert slug(title) == name


@given(st.text())
def test_slug_is_lowercase_ascii_words(title):
    assert re.fullmatch(r"([a-z0-9]+(_[a-z0-9]+)*)?", slug(title))
