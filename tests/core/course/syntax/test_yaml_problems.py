"""Specs that are not YAML, and YAML that specs may not contain."""

from __future__ import annotations

import pytest

from clm.course.syntax.tree import Scalar
from clm.course.syntax.yaml_tree import read_yaml


@pytest.mark.parametrize(
    ("text", "line", "excerpt"),
    [
        ("name: K\nsections: [a\nauthor: x\n", 3, "author: x"),
        ("name: K\n\tx: y\n", 2, "x: y"),
        ("name: 'K\n", 2, ""),
        ("name: a: b\n", 1, "name: a: b"),
        ("name: K\nname2: %x\n", 2, "name2: %x"),
    ],
)
def test_malformed_yaml_rejected(problem_of, text: str, line: int, excerpt: str) -> None:
    problem = problem_of(text)
    assert problem.message.startswith("not YAML: ")
    assert (problem.place.line, problem.excerpt) == (line, excerpt)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("name: !!python/object/apply:os.system [x]\n", 1, "tags are not allowed"),
        ("name: K\n--- \nname: L\n", 2, "more than one YAML document"),
        ("name: K\nsections: *x\n", 2, "unknown anchor"),
        ("name: &a [*a]\n", 1, "unknown anchor"),
        ("name: K\n? [a]\n: b\n", 2, "a key must be plain text"),
        ('name: K\nauthor: "\\ud83d"\n', 2, "half of a character"),
    ],
)
def test_unsupported_yaml_rejected(problem_of, text: str, line: int, message: str) -> None:
    problem = problem_of(text)
    assert message in problem.message
    assert problem.place.line == line


def test_two_escapes_are_one_character() -> None:
    node = read_yaml('"\\ud83d\\ude00"', "course.yaml")
    assert isinstance(node, Scalar)
    assert (node.value, node.text) == ("😀", "😀")


def test_alias_bomb_rejected(problem_of) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for n in range(1, 12):
        lines.append(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]")
    problem = problem_of("\n".join(lines))
    assert "too large" in problem.message
    assert problem.place.line == 5


def test_deep_alias_chain_rejected(problem_of) -> None:
    lines = ["a0: &a0 [x]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 100))]
    assert "nested too deeply" in problem_of("\n".join(lines)).message


@pytest.mark.parametrize("text", ["[\n" * 100_000, "{a: \n" * 50_000, "- " * 9_000])
def test_deeply_nested_yaml_rejected(problem_of, text: str) -> None:
    assert "nested too deeply" in problem_of(text).message


def test_overlong_yaml_line_rejected(problem_of) -> None:
    problem = problem_of("name: K\nx: " + "!" * 100_000)
    assert "the line is too long" in problem.message
    assert problem.place.line == 2


def test_only_first_problems_have_hints(problems) -> None:
    found = problems("".join(f"sectionz{n}: 1\n" for n in range(200)))
    assert found[0].hint is not None and found[-1].hint is None
