"""The languages of a spec, in both syntaxes."""

from __future__ import annotations

import pytest

from clm.course.spec import LanguageSpec
from clm.course.syntax.reader import load_spec

HEAD = "name: K\nsections: [{name: W, topics: [a]}]\n"
FRENCH = LanguageSpec("fr", "Français", "Diapositives")


def test_language_sets_folder_names(write_spec) -> None:
    text = "languages: [de, en, {id: fr, label: Français, slides-folder: Diapositives}]\n"
    spec = load_spec(write_spec(HEAD + text))
    assert spec.languages == ("de", "en", "fr")
    assert spec.language("fr") == FRENCH
    assert spec.language("de") == LanguageSpec("de", "De", "Folien")


def test_missing_language_label_defaults(write_spec) -> None:
    spec = load_spec(write_spec(HEAD + "languages: [{id: fr, slides-folder: Diapositives}]\n"))
    assert spec.language("fr") == LanguageSpec("fr", "Fr", "Diapositives")


def test_languages_in_xml(write_spec) -> None:
    spec = load_spec(
        write_spec(
            "<course><name>K</name><languages><language>de</language>"
            '<language label="Français" slides-folder="Diapositives">fr</language></languages>'
            "<sections><section><name>W</name><topics><topic>a</topic></topics></section>"
            "</sections></course>",
            "course.xml",
        )
    )
    assert spec.languages == ("de", "fr")
    assert spec.language("fr") == FRENCH


@pytest.mark.parametrize(
    ("languages", "message"),
    [
        ("[de, german]", "'german' is not a language code"),
        ("[de, de]", "'de' is given twice"),
        ("[de, {id: de}]", "'de' is given twice"),
        ("[de, 5]", "must be text"),
        ("[{label: Français}]", "'id' is missing"),
        ("[{id: fr, lable: Français}]", "unknown key 'lable'"),
        ("[en, {id: fr, label: en}]", "'en' and 'fr' have the same label"),
    ],
)
def test_invalid_language_reported_with_line(problems, languages: str, message: str) -> None:
    (problem,) = problems(HEAD + f"languages: {languages}\n")
    assert message in problem.message
    assert problem.place.line == 3


def test_name_in_undeclared_language_warns(write_spec) -> None:
    text = "name: {de: Afrika, fr: Afrique}\nlanguages: [de]\nsections: [{name: W, topics: [a]}]\n"
    (warning,) = load_spec(write_spec(text)).warnings
    assert warning.message == "'fr' is not a language of the course"
    assert warning.place is not None
    assert (warning.place.line, warning.place.column) == (1, text.index("fr:") + 1)
