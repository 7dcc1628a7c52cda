"""File names: those of earlier versions, valid on every platform."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clm.course.paths.names import sanitize, sanitize_folder

RESERVED = {"con", "prn", "aux", "nul", "conin$", "conout$"} | {
    f"{device}{number}" for device in ("com", "lpt") for number in "0123456789¹²³"
}


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Einführung in C#", "Einführung in CSharp"),
        ("Lists [a] and {b}", "Lists (a) and (b)"),
        (r"/\$#%&<>*=^€|", "_" * 13),
        (";!?\"'`.:", "_"),
        ("Wozu? Darum: so!", "Wozu Darum so"),
        ("  spaced  ", "spaced"),
        ("Version 1.2", "Version 12"),
        ("Zeile\n1\t2\r", "Zeile 1 2"),
        ("bell\a", "bell"),
        ("", "_"),
        ("...", "_"),
        ("..", "_"),
        ("con", "con_"),
        ("NUL", "NUL_"),
        ("COM1", "COM1_"),
        ("LPT³", "LPT³_"),
        ("console", "console"),
        ("e\u0301", "é"),
        ("\u037e", "_"),  # becomes a semicolon when composed
        ("\ud800", "_"),
    ],
)
def test_titles_are_sanitized(title: str, name: str) -> None:
    assert sanitize(title) == name


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (".vscode", ".vscode"),
        ("v1.2", "v1.2"),
        ("..", "_"),
        ("a..", "a"),
        ('a<b>:"c"|?*', "a_b_c__"),
        ("nul.txt", "nul_.txt"),
        ("Folien & Mehr", "Folien & Mehr"),
    ],
)
def test_folders_keep_their_dots(given: str, name: str) -> None:
    assert sanitize_folder(given) == name


@pytest.mark.parametrize("clean", [sanitize, sanitize_folder])
@given(text=st.text(max_size=400))
@example(text="CON" + " " * 200 + "x")
@example(text="con." + "a" * 200)
@example(text="😀" * 200)
@example(text="e:\u0301")
def test_any_text_gives_valid_name(clean, text: str) -> None:
    name = clean(text)
    assert 0 < len(name) <= 150
    assert len(name.encode()) <= 230
    assert not set(name) & set('<>:"/\\|?*')
    assert all(unicodedata.category(c) not in ("Cc", "Cs", "Cn", "Zl", "Zp") for c in name)
    assert name == name.strip()
    assert not name.endswith(".")
    assert name.split(".")[0].rstrip().lower() not in RESERVED
    assert unicodedata.is_normalized("NFC", name)


@pytest.mark.parametrize("clean", [sanitize, sanitize_folder])
@given(text=st.text(max_size=400))
@example(text="e:\u0301")
@example(text="C##")
@example(text="con." + "a" * 200)
def test_sanitizing_is_idempotent(clean, text: str) -> None:
    assert clean(clean(text)) == clean(text)
