"""The language in the name of a file."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from clm.jobs.languages import language_of, without_language


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("slides_a.de.py", "de"),
        ("slides_a.en.ipynb", "en"),
        ("img/demo.de.mp4", "de"),
        ("data.v2.en.csv", "en"),
        ("slides_a.py", ""),
        ("slides_v1.2.py", ""),
        ("slides_a.min.py", ""),
        ("slides_a.fr.py", ""),
        ("x.DE.png", ""),
        ("de.png", ""),
        (".de.png", ""),
        ("slides_a.de", ""),
        ("img.de/x.png", ""),
        ("x.de.tar.gz", ""),
    ],
)
def test_language_stands_before_suffix(name: str, language: str) -> None:
    assert language_of(PurePosixPath(name), ("de", "en")) == language


def test_course_language_recognised() -> None:
    assert language_of(PurePosixPath("x.fr.png"), ("fr",)) == "fr"
    assert language_of(PurePosixPath("x.zh-Hant.png"), ("zh-Hant", "en")) == "zh-Hant"


def test_half_of_course_keeps_other_language() -> None:
    assert language_of(PurePosixPath("x.de.png"), ("en",)) == "de"
    assert language_of(PurePosixPath("x.de.png"), ("fr",)) == ""


def test_path_without_language() -> None:
    assert without_language(PurePosixPath("img/x.de.png"), ("de",)) == PurePosixPath("img/x.png")
    assert without_language(PurePosixPath("img/x.fr.png"), ("de",)) == PurePosixPath("img/x.fr.png")
