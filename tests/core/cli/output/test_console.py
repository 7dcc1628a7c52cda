"""Messages on the terminal: their parts, line breaks and control characters."""

from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clm.cli.output.console import colour, plain, show, tail, wrapped
from clm.errors import Diagnostic, Place, Severity


def test_message_shows_all_parts(capsys):
    place = Place("slides/a.py", 12, cell="cell 4")
    show(Diagnostic("no title", place=place, excerpt="# x\n# y", hint="write one"))
    assert capsys.readouterr().err.splitlines() == [
        "error: slides/a.py:12 (cell 4): no title",
        "    | # x",
        "    | # y",
        "    hint: write one",
    ]


def test_messages_go_to_stderr(capsys):
    show(Diagnostic("no title"))
    assert capsys.readouterr().out == ""


def test_warning_label_shown(capsys):
    show(Diagnostic("no title", Severity.WARNING))
    assert capsys.readouterr().err == "warning: no title\n"


@pytest.mark.parametrize("asked", [True, False])
def test_details_shown_on_request(capsys, asked):
    show(Diagnostic("no title", details="Traceback"), details=asked)
    assert ("Traceback" in capsys.readouterr().err) is asked


def test_continuation_lines_are_indented(capsys):
    show(Diagnostic("one\ntwo"))
    assert capsys.readouterr().err == "error: one\n    two\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("a\rb", "a\\rb"),
        ("a\r\nb\tc", "a\nb\tc"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("a\u061cb", "a\\u061cb"),
        ("\udcff", "\\udcff"),
        ("Größe 你好 👩‍💻", "Größe 你好 👩‍💻"),
        ("[red]x[/red]", "[red]x[/red]"),
    ],
)
def test_control_sequences_neutralised(text, shown):
    assert plain(text) == shown


@given(st.text(st.characters(codec=None)))
def test_no_control_characters_shown(text):
    shown = plain(text)
    shown.encode()
    assert all(
        character in "\n\t" or character.isprintable() or ord(character) > 0x9F
        for character in shown
    )


@pytest.mark.parametrize(
    ("variables", "wanted"),
    [
        ({}, None),
        ({"NO_COLOR": "1"}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        ({"NO_COLOR": "", "FORCE_COLOR": ""}, None),
    ],
)
def test_colour_follows_environment(monkeypatch, variables, wanted):
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert colour() is wanted


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown_at(monkeypatch, columns: int, diagnostic: Diagnostic) -> list[str]:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("NO_COLOR", "1")
    show(diagnostic)
    return terminal.getvalue().splitlines()


def test_long_message_wrapped_at_words(monkeypatch):
    place = Place("slides/module_100/topic_100_with_a_long_name/slides.py", 12)
    message = Diagnostic(
        "this is wrong, " * 4, place=place, hint="repair it with some-command " * 3
    )
    assert shown_at(monkeypatch, 60, message) == [
        "error: slides/module_100/topic_100_with_a_long_name/slides.py:12:",
        "    this is wrong, this is wrong, this is wrong, this is",
        "    wrong,",
        "    hint: repair it with some-command repair it with",
        "    some-command repair it with some-command",
    ]


def test_long_place_wrapped_at_words(monkeypatch):
    place = Place("slides/module_100/slides_introduction.py", 12, cell="cell 4")
    assert shown_at(monkeypatch, 50, Diagnostic("it raised", place=place)) == [
        "error: slides/module_100/slides_introduction.py:12",
        "    (cell 4):",
        "    it raised",
    ]


@pytest.mark.parametrize("columns", range(40, 62))
def test_path_and_cell_not_wrapped(monkeypatch, columns):
    place = Place("slides/my course/slides one.py", 12, cell="cell 4")
    shown = shown_at(monkeypatch, columns, Diagnostic("it raised an error", place=place))
    assert "slides/my course/slides one.py:12" in shown[0]
    assert any("(cell 4):" in line for line in shown)


def test_short_message_not_wrapped(monkeypatch):
    shown = shown_at(monkeypatch, 60, Diagnostic("it is wrong", place=Place("a.py", 3)))
    assert shown == ["error: a.py:3: it is wrong"]


def test_message_without_place_wrapped(monkeypatch):
    shown = shown_at(monkeypatch, 40, Diagnostic("it is wrong and long, " * 3))
    assert shown == [
        "error: it is wrong and long, it is wrong",
        "    and long, it is wrong and long,",
    ]


@given(st.text(), st.integers(40, 100))
def test_wrapping_loses_no_word(text, width):
    assert wrapped(text, width, first=7, indent="    ").split() == text.split()


@pytest.mark.parametrize(("room", "shown"), [(5, "a/b.c"), (4, "…b.c"), (1, "…"), (0, "…")])
def test_long_path_shows_end(room, shown):
    assert tail("a/b.c", room) == shown
