"""Source lines with carets below a message."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clm.cli.output.console import plain, show
from clm.cli.output.excerpts import SourceLines
from clm.errors import Diagnostic, Place


def drawn(
    tmp_path: Path, text: str, line: int | None, column: int | None = None, excerpt: str = ""
) -> tuple[str, ...]:
    (tmp_path / "f").write_text(text, encoding="utf-8", newline="")
    message = Diagnostic("x", place=Place("f", line, column), excerpt=excerpt or None)
    return SourceLines(tmp_path).excerpt(message, plain)


def test_carets_below_quoted_text(tmp_path: Path) -> None:
    assert drawn(tmp_path, "name: K\n- tpics: [a]\n", 2, 3, "tpics") == (
        "2 | - tpics: [a]",
        "  |   ^^^^^",
    )


def test_carets_mark_match_at_column(tmp_path: Path) -> None:
    assert drawn(tmp_path, "a: a", 1, 4, "a")[1] == "  |    ^"


def test_column_alone_has_one_caret(tmp_path: Path) -> None:
    assert drawn(tmp_path, "a: }", 1, 4) == ("1 | a: }", "  |    ^")


def test_no_carets_below_whole_line(tmp_path: Path) -> None:
    assert drawn(tmp_path, "   # %% lang=", 1, excerpt="# %% lang=") == ("1 |    # %% lang=",)


def test_whole_line_caret_at_column(tmp_path: Path) -> None:
    assert drawn(tmp_path, "a: [b", 1, 4, "a: [b")[1] == "  |    ^"


def test_carets_below_rest_of_line(tmp_path: Path) -> None:
    assert drawn(tmp_path, "  funktions", 1, 3, "funktions")[1] == "  |   ^^^^^^^^^"


def test_line_without_excerpt_shown(tmp_path: Path) -> None:
    assert drawn(tmp_path, "a\nb\n", 2) == ("2 | b",)


@pytest.mark.parametrize("line", [None, 0, 3, 99])
def test_missing_line_not_shown(tmp_path: Path, line: int | None) -> None:
    assert drawn(tmp_path, "a\nb", line) == ()


def test_changed_line_not_shown(tmp_path: Path) -> None:
    assert drawn(tmp_path, "something else", 1, 1, "tpics") == ()


def test_carets_respect_character_width(tmp_path: Path) -> None:
    assert drawn(tmp_path, "課a\u0308x", 1, 4, "x")[1] == "  |    ^"


def test_control_characters_keep_carets_aligned(tmp_path: Path) -> None:
    assert drawn(tmp_path, "\t\x07x", 1, 3, "x") == ("1 |  \\x07x", "  |      ^")


@given(st.integers(0, 300), st.integers(1, 200), st.integers(0, 300))
@example(63, 1, 3)
def test_excerpt_fits_80_columns(tmp_path_factory, before: int, length: int, after: int) -> None:
    folder = tmp_path_factory.mktemp("f")
    text = "." * before + "#" * length + "." * after
    shown, carets = drawn(folder, text, 1, before + 1, "#" * length + ("." if after else ""))[:2]
    assert len(shown) <= 76 and len(carets) <= 76
    assert shown[carets.index("^")] == "#"


def test_file_outside_root_not_read(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "f").write_text("text\n")
    monkeypatch.chdir(tmp_path)
    message = Diagnostic("x", place=Place("f", 1))
    assert SourceLines(tmp_path / "other").excerpt(message, plain) == ()
    assert SourceLines().excerpt(message, plain) == ()


def test_spec_read_from_given_path(tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "c.yaml").write_text("nam: K\n")
    monkeypatch.chdir(tmp_path)
    message = Diagnostic("x", place=Place("c.yaml", 1, 1))
    lines = SourceLines(tmp_path / "other", Path("c.yaml")).excerpt(message, plain)
    assert lines == ("1 | nam: K", "  | ^")


def test_message_shows_spec_line(tmp_path: Path, monkeypatch, capsys) -> None:
    (tmp_path / "c.yaml").write_text("nam: K\n")
    monkeypatch.chdir(tmp_path)
    show(Diagnostic("unknown key", place=Place("c.yaml", 1, 1), excerpt="nam", hint="name"))
    assert capsys.readouterr().err == (
        "error: c.yaml:1:1: unknown key\n    1 | nam: K\n      | ^^^\n    hint: name\n"
    )
