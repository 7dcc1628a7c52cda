"""Names in either Unicode normal form."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from clm.course.paths.stored_names import normal, stored_path


def composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def decomposed(text: str) -> str:
    return unicodedata.normalize("NFD", text)


@pytest.fixture(params=[(composed, decomposed), (decomposed, composed)], ids=["nfc", "nfd"])
def forms(request: pytest.FixtureRequest) -> tuple[Callable[[str], str], Callable[[str], str]]:
    """The form of the names on disk, and the other one."""
    pair: tuple[Callable[[str], str], Callable[[str], str]] = request.param
    return pair


def test_other_form_is_found(
    tmp_path: Path, forms: tuple[Callable[[str], str], Callable[[str], str]]
) -> None:
    stored, other = forms
    path = tmp_path / stored("Übung") / "a" / stored("größe.csv")
    path.parent.mkdir(parents=True)
    path.touch()

    for parent in (stored("Übung"), other("Übung")):
        for name in (stored("größe.csv"), other("größe.csv")):
            found = stored_path(tmp_path / parent / "a" / name)
            assert found.samefile(path)
            assert found.exists()


def test_existing_path_kept(tmp_path: Path) -> None:
    for text in (composed("ü"), decomposed("ü")):
        (tmp_path / text).touch()

    for text in (composed("ü"), decomposed("ü")):
        assert stored_path(tmp_path / text).name == text


def test_unknown_path_unchanged(tmp_path: Path) -> None:
    (tmp_path / decomposed("übung")).mkdir()

    for name in (f"{composed('übung')}/a", composed("ungeübt"), "\ud800", "x" * 300 + "ü"):
        assert stored_path(tmp_path / name) == tmp_path / name


def test_relative_path_stays_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / decomposed("ü")).touch()

    assert stored_path(Path(composed("ü"))) == Path(decomposed("ü"))
    assert stored_path(Path("..", tmp_path.name, composed("ü"))).exists()


def test_forms_compare_equal() -> None:
    assert normal(decomposed("Größe")) == normal(composed("Größe")) != normal("Grosse")
