"""Headers in any comment syntax: what they are, and that long lines cost little."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from clm_program import run_clm
from hypothesis import example, given
from hypothesis import strategies as st

from clm_plugin_notebook.decks.hiding.loose_headers import KEY, TYPE, is_loose_header

# What they are, as an expression that goes back.
REFERENCE = re.compile(
    rf"\W*%[^\w`]*{TYPE}|[^\w\s`]+\s*%%+\s*(?:\*/\s*|-->\s*)?$|\W*%%+\s*{KEY}|\s*%%+\s*$"
    rf"|[^\w`]*{TYPE}\s*\]\s*{KEY}"
    rf"|[^\w`]*\w?[^\w`]*%+\w?[^\w`]*(?:{TYPE}\s*\]\s*{KEY}|tags\s*[=:]\s*\[)"
)
PARTS = [*"%[]`#x*/ \u00a0", "%%", "tags=[", "tags: [", "[md]", "[ raw ] ", "lang=", "*/", "-->"]
LINES = st.lists(st.sampled_from(PARTS), max_size=9).map("".join)
SPEC = "name: {en: C}\nlanguages: [en]\nsections: [{name: {en: W}, topics: [deck]}]\n"


@given(LINES)
@example("%%%*/")
@example("x%[md] lang=")
@example("#%x-tags=[")
@example("#%`[md]")
@example("x%`tags=[")
@example("%%*/")
def test_headers_are_those_of_reference(line: str) -> None:
    assert is_loose_header(line) == bool(REFERENCE.match(line))


@pytest.mark.parametrize("sign", [">", "[", "%", "`", "> [", "%x"])
def test_long_line_takes_no_more_calls(sign: str) -> None:
    assert calls(sign * 5000 + "x") == calls(sign * 50 + "x")


def calls(line: str) -> int:
    """How many functions are called for a line: each passes over it at most once."""
    count = 0

    def called(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(called)
    try:
        is_loose_header(line)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.integration
def test_deck_with_long_lines_checked(tmp_path: Path) -> None:
    deck = tmp_path / "slides/module_1_m/topic_100_deck/slides_deck.py"
    deck.parent.mkdir(parents=True)
    lines = ">" * 200_000, ">[%" * 60_000
    deck.write_text("".join(f"# %% [markdown]\n# Text\n# {line}x\n\n" for line in lines))
    (tmp_path / "course.yaml").write_text(SPEC)
    done = run_clm("validate", tmp_path / "course.yaml")
    assert done.returncode == 0, done.stdout + done.stderr
