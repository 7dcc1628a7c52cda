"""The line that a message is about, with carets."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clm.cli.output.console import plain, show
from clm.cli.output.excerpts import SourceLines
from clm.errors import Diagnostic, Place


def drawn(
    tmp_path: Path, text: str, line: int | None, column: int | None = None, excerpt: str = ""
) -> tuple[str, ...]:
    (tmp_path / "f").write_text(text, encoding="utf-8", newline="")
    said = Diagnostic("x", place=Place("f", line, column), excerpt=excerpt or None)
    return SourceLines(tmp_path).excerpt(said, plain)


def test_carets_stand_below_the_quoted_text(tmp_path: Path) -> None:
    assert drawn(tmp_path, "name: K\n- tpics: [a]\n", 2, 3, "tpics") == (
        "2 | - tpics: [a]",
        "  |   ^^^^^",
    )


def test_the_quoted_text_at_the_column_is_meant_and_not_one_before_it(tmp_path: Path) -> None:
    assert drawn(tmp_path, "a: a", 1, 4, "a")[1] == "  |    ^"


def test_a_column_without_text_has_one_caret(tmp_path: Path) -> None:
    assert drawn(tmp_path, "a: }", 1, 4) == ("1 | a: }", "  |    ^")


def test_a_line_that_is_quoted_as_a_whole_has_no_carets(tmp_path: Path) -> None:
    assert drawn(tmp_path, "   # %% lang=", 1, excerpt="# %% lang=") == ("1 |    # %% lang=",)


def test_a_line_that_is_quoted_as_a_whole_has_a_caret_at_the_column(tmp_path: Path) -> None:
    assert drawn(tmp_path, "a: [b", 1, 4, "a: [b")[1] == "  |    ^"


def test_a_line_that_is_quoted_from_its_column_on_has_carets_below_all(tmp_path: Path) -> None:
    assert drawn(tmp_path, "  funktions", 1, 3, "funktions")[1] == "  |   ^^^^^^^^^"


def test_a_line_without_anything_quoted_is_shown(tmp_path: Path) -> None:
    assert drawn(tmp_path, "a\nb\n", 2) == ("2 | b",)


@pytest.mark.parametrize("line", [None, 0, 3, 99])
def test_a_line_that_is_not_there_is_not_shown(tmp_path: Path, line: int | None) -> None:
    assert drawn(tmp_path, "a\nb", line) == ()


def test_a_line_that_has_changed_since_is_not_shown(tmp_path: Path) -> None:
    assert drawn(tmp_path, "something else", 1, 1, "tpics") == ()


def test_wide_and_combining_characters_are_counted_as_terminals_do(tmp_path: Path) -> None:
    assert drawn(tmp_path, "課a\u0308x", 1, 4, "x")[1] == "  |    ^"


def test_tabs_and_control_characters_do_not_shift_the_carets(tmp_path: Path) -> None:
    assert drawn(tmp_path, "\t\x07x", 1, 3, "x") == ("1 |  \\x07x", "  |      ^")


@given(st.integers(0, 300), st.integers(1, 200), st.integers(0, 300))
def test_80_columns_are_enough_and_show_what_is_meant(
    tmp_path_factory, before: int, length: int, after: int
) -> None:
    folder = tmp_path_factory.mktemp("f")
    text = "." * before + "#" * length + "." * after
    shown, carets = drawn(folder, text, 1, before + 1, "#" * length + ("." if after else ""))[:2]
    assert len(shown) <= 76 and len(carets) <= 76
    assert shown[carets.index("^")] == "#"


def test_a_file_outside_of_the_root_is_not_looked_for(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "f").write_text("text\n")
    monkeypatch.chdir(tmp_path)
    said = Diagnostic("x", place=Place("f", 1))
    assert SourceLines(tmp_path / "other").excerpt(said, plain) == ()
    assert SourceLines().excerpt(said, plain) == ()


def test_the_spec_is_named_as_the_user_names_it(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "c.yaml").write_text("nam: K\n")
    monkeypatch.chdir(tmp_path)
    said = Diagnostic("x", place=Place("c.yaml", 1, 1))
    lines = SourceLines(tmp_path / "other", Path("c.yaml")).excerpt(said, plain)
    assert lines == ("1 | nam: K", "  | ^")


def test_messages_show_the_line_of_the_spec(tmp_path: Path, monkeypatch, capsys) -> None:
    (tmp_path / "c.yaml").write_text("nam: K\n")
    monkeypatch.chdir(tmp_path)
    show(Diagnostic("unknown key", place=Place("c.yaml", 1, 1), excerpt="nam", hint="name"))
    assert capsys.readouterr().err == (
        "error: c.yaml:1:1: unknown key\n    1 | nam: K\n      | ^^^\n    hint: name\n"
    )
