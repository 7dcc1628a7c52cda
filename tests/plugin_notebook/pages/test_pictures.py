"""Shared pictures of an output: their names and URLs."""

from __future__ import annotations

import base64
import random
from pathlib import Path

import pytest
from attrs import evolve

from clm import FileSet
from clm.jobs.file_set import ReadFileSet
from clm.jobs.key import digest_bytes
from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.pages.pictures import OutputPictures
from clm_plugin_notebook.payload import NotebookOutput

DIGEST = digest_bytes(b"a")
OUTPUT = NotebookOutput(
    "x", "en", "completed", "notebook", "T", True, pictures="../assets", moved=("img/a b.png",)
)
LARGE = base64.b64encode(random.Random(1).randbytes(3000)).decode()


@pytest.fixture
def pictures(tmp_path: Path) -> OutputPictures:
    (tmp_path / "img").mkdir()
    for name in ("a b.png", "c.png"):
        (tmp_path / "img" / name).write_bytes(b"a")
    digests = {"topic/img/a b.png": DIGEST}
    return OutputPictures(FileSet(), OUTPUT, tmp_path, digests)


def names(pictures: OutputPictures) -> list[str]:
    return [file.name for file in ReadFileSet.of(pictures.files.to_bytes(), 1).files]


def test_name_is_one_on_all_systems(pictures: OutputPictures) -> None:
    url = pictures.url(pictures.topic / "img" / "a b.png")
    assert url == f"../assets/a-b.{DIGEST[:12]}.png"


def test_picture_that_readers_do_not_get_stays_away(pictures: OutputPictures) -> None:
    private = evolve(pictures, absent=frozenset({"img/a b.png"}))
    cell = Cell("markdown", "![x](<img/a%20b.png>) ![x](img/a%20b.png)")
    assert private.url(private.topic / "img" / "a b.png") is None
    assert private.moved(cell) == cell
    assert names(private) == []


def test_only_moved_pictures_have_other_urls(pictures: OutputPictures) -> None:
    cell = Cell("markdown", '![x](img/a%20b.png "T") <img alt="y" src="img/c.png">')
    written = f'![x](../assets/a-b.{DIGEST[:12]}.png "T") <img alt="y" src="img/c.png">'
    assert pictures.moved(cell).source == written
    code = Cell("code", "# ![x](img/a%20b.png)")
    assert pictures.moved(code) == code


def test_large_picture_leaves_the_page(pictures: OutputPictures) -> None:
    html = pictures.without_data(f'<img alt="x" src="data:image/png;base64,{LARGE}">')
    (name,) = names(pictures)
    assert html == f'<img alt="x" src="../assets/{name}">'


@pytest.mark.parametrize(
    "html",
    [
        '<img src="data:image/png;base64,AAAA">',
        f'<img src="data:image/x-unknown;base64,{LARGE}">',
        f'<img src="data:image/png;base64,{LARGE}=A">',
        f'<a href="data:image/png;base64,{LARGE}">x</a>',
    ],
)
def test_other_data_stays_in_the_page(pictures: OutputPictures, html: str) -> None:
    assert pictures.without_data(html) == html
    assert names(pictures) == []
