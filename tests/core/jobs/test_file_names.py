"""Names of a topic's files in texts."""

from __future__ import annotations

import pytest

from clm.jobs.file_names import named_files

FILES = ("img/x.png", "data.csv", "a/y.csv", "b/y.csv", "Bild 1.png", "M\u00fcll.png", "a&b.png")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("![](img/x.png)", "img/x.png"),
        ("![](./img/x.png)", "img/x.png"),
        ('open("../data.csv")', "data.csv"),
        ('Path("img") / "x.png"', "img/x.png"),
        ("see data.csv.", "data.csv"),
        ("a/y.csv", "a/y.csv"),
        ("![](Bild%201.png)", "Bild 1.png"),
        ("![](Bild 1.png)", "Bild 1.png"),
        ("![](Mu\u0308ll.png)", "M\u00fcll.png"),
        ("![](M%C3%BCll.png)", "M\u00fcll.png"),
        ('<img src="a&amp;b.png">', "a&b.png"),
    ],
)
def test_named_file_found(text: str, named: str) -> None:
    assert named_files(text, FILES) == {named}


@pytest.mark.parametrize(
    "text",
    [
        "y.csv",
        "c/y.csv",
        "my-data.csv",
        "data.csv.gz",
        "data.csv2",
        "other/img/x.png",
        "img/xx.png",
        "img/",
        "*.csv",
        "",
    ],
)
def test_other_names_not_found(text: str) -> None:
    assert named_files(text, FILES) == frozenset()


def test_no_files_named_without_files() -> None:
    assert named_files("data.csv", ()) == frozenset()
