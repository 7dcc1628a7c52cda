"""Strategies: valid specs, Python code, and comments in the deck's language."""

from __future__ import annotations

import ast
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clm.course.syntax.reader import read_spec
from clm.testing.strategies import code_lines, course_specs, decks

quick = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@quick
@given(course_specs(topics=("a", "b", "c")))
def test_spec_valid_with_all_topics(tmp_path: Path, text: str) -> None:
    path = tmp_path / "course.yaml"
    path.write_text(text, encoding="utf-8")
    spec, problems = read_spec(path)
    assert problems == ()
    assert spec is not None
    assert sorted(topic.id for section in spec.sections for topic in section.topics) == list("abc")


@quick
@given(st.lists(code_lines()))
def test_code_lines_are_python(lines: list[str]) -> None:
    ast.parse("\n".join(lines))


@quick
@given(decks(comment="//", code=st.just("int x = 1;")))
def test_deck_uses_language_comments(text: str) -> None:
    lines = [line for line in text.splitlines() if line and line != "int x = 1;"]
    assert all(line.startswith("// ") for line in lines)
