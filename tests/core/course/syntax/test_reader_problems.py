"""Invalid specs: each problem with its line, the offending text and the allowed values."""

from __future__ import annotations

import pytest

from clm.course.syntax.reader import load_spec

SECTIONS = "sections: [{name: W, topics: [a]}]\n"
HEAD = "name: K\n" + SECTIONS


def test_all_problems_in_one_run(problems) -> None:
    found = problems(
        "name: 5\n"
        "prog-land: python\n"
        "sections:\n"
        "  - topics: [a, a]\n"
        "  - name: W\n"
        "    topic: [b]\n"
        "dir-groups: [{name: x, path: ../x}]\n"
        "output-targets: [{path: /tmp}]\n"
    )
    assert [problem.place.line for problem in found] == [1, 2, 4, 4, 5, 6, 7, 8]


@pytest.mark.parametrize(
    ("text", "line", "column", "excerpt", "hint"),
    [
        (HEAD + "athor: x\n", 3, 1, "athor", "did you mean 'author'?"),
        ("name: K\nsections: [{name: W, topics: [a], nam: x}]", 2, 35, "nam", "'name'"),
        ("name: K\nsections: [{name: W, topics: [{id: a, athor: x}]}]", 2, 39, "athor", "'author'"),
        (HEAD + "dir-groups: [{name: x, path: y, subdir: []}]", 3, 33, "subdir", "'subdirs'"),
        (HEAD + "output-targets: [{path: y, kind: []}]", 3, 28, "kind", "'kinds'"),
    ],
)  # fmt: skip
def test_unknown_key_suggests_nearest(
    problem_of, text: str, line: int, column: int, excerpt: str, hint: str
) -> None:
    problem = problem_of(text)
    assert (problem.place.line, problem.place.column) == (line, column)
    assert problem.excerpt == excerpt
    assert hint in problem.hint
    assert "allowed: " in problem.hint


@pytest.mark.parametrize(
    ("text", "line", "excerpt"),
    [
        ("name: 2024\n" + SECTIONS, 1, "2024"),
        ("name: [a]\n" + SECTIONS, 1, None),
        (HEAD + "author: 1.5\n", 3, "1.5"),
        (HEAD + "author: {de: x}\n", 3, "de"),
        (HEAD + "prog-lang: true\n", 3, "true"),
        ("name: K\nsections: x\n", 2, "x"),
        ("name: K\nsections: {a: b}\n", 2, "a"),
        ("name: K\nsections: [x]\n", 2, "x"),
        ("name: K\nsections: [{name: W, topics: a}]\n", 2, "a"),
        ("name: K\nsections: [{name: W, topics: [1]}]\n", 2, "1"),
        ("name: K\nsections: [{name: W, topics: [[a]]}]\n", 2, None),
        ("name: K\nsections: [{name: W, topics: [{id: a, evaluate: perhaps}]}]\n", 2, "perhaps"),
        ("name: K\nsections: [{name: W, enabled: 3, topics: [a]}]\n", 2, "3"),
        (HEAD + "plugins: [x]\n", 3, None),
        (HEAD + "plugins: {x: y}\n", 3, "y"),
        (HEAD + "requires: x\n", 3, "x"),
        (HEAD + "github: x\n", 3, "x"),
        (HEAD + "dir-groups: [x]\n", 3, "x"),
        ("- a\n- b\n", 1, None),
        ("just a text\n", 1, "just a text"),
    ],
)
def test_wrong_type_reported(problems, text: str, line: int, excerpt: str | None) -> None:
    (problem,) = (problem for problem in problems(text) if "must be" in problem.message)
    assert problem.place.line == line
    assert problem.excerpt == excerpt


def test_number_hint_suggests_quotes(problem_of) -> None:
    assert problem_of("name: 2024\n" + SECTIONS).hint == 'put it in quotes: "2024"'


@pytest.mark.parametrize(
    ("text", "line", "first"),
    [
        (HEAD + "name: L\n", 3, 1),
        ("name: {de: K,\n  de: L}\n" + SECTIONS, 2, 1),
        (HEAD + "plugins: {x: {a: 1,\n a: 2}}", 4, 3),
        ("name: K\nsections:\n- name: W\n  topics: [a]\n  name: X", 5, 3),
    ],
)
def test_duplicate_key_reported(problem_of, text: str, line: int, first: int) -> None:
    problem = problem_of(text)
    assert "given twice" in problem.message
    assert (problem.place.line, problem.hint) == (line, f"first given in line {first}")


def test_duplicate_topic_reported(problem_of) -> None:
    problem = problem_of(
        "name: K\nsections:\n- name: W\n  topics: [a, b]\n- name: X\n  topics: [c, b]\n"
    )
    assert (problem.place.line, problem.place.column, problem.excerpt) == (6, 15, "b")
    assert "line 4" in problem.hint


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("sections: [{name: W, topics: [a]}]", 1, "'name'"),
        ("name: K\n", 1, "'sections'"),
        ("name: K\nsections:\n", 2, "'sections'"),
        ("name: K\nsections: [{topics: [a]}]", 2, "'name'"),
        ("name: K\nsections: [{name: W}]", 2, "'topics'"),
        ("name: K\nsections: [{name: W, topics: [{author: x}]}]", 2, "'id'"),
        (HEAD + "dir-groups: [{name: x}]", 3, "'path'"),
        (HEAD + "output-targets: [{kinds: [speaker]}]", 3, "'path'"),
    ],
)
def test_missing_key_reported(problem_of, text: str, line: int, what: str) -> None:
    problem = problem_of(text)
    assert problem.message == f"{what} is missing"
    assert problem.place.line == line


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("name: K\n\nsections: []\n", "course.yaml"),
        ("<course>\n<name>K</name>\n<sections/>\n</course>", "course.xml"),
    ],
)
def test_course_without_sections_rejected(problem_of, text: str, name: str) -> None:
    problem = problem_of(text, name)
    assert (problem.message, problem.place.line) == ("the course has no sections", 3)


@pytest.mark.parametrize(
    "text", ['name: ""\n', "name: {}\n", "name: {de: '', en: C}\n", "name: {de: '', en: ''}\n"]
)
def test_empty_name_rejected(problem_of, text: str) -> None:
    problem = problem_of(text + SECTIONS)
    assert (problem.message, problem.place.line) == ("'name' must not be empty", 1)


def test_invalid_language_code_rejected(problem_of) -> None:
    problem = problem_of("name: {de: K, english: C}\n" + SECTIONS)
    assert (problem.excerpt, problem.place.column) == ("english", 15)


@pytest.mark.parametrize(
    "path", ["/etc", "C:\\x", "c:/x", "../x", "a/../../x", "\\\\server\\share", "..\\x"]
)
@pytest.mark.parametrize(
    "template",
    [
        "dir-groups: [{{name: x, path: {0}}}]",
        "dir-groups: [{{name: x, path: y, subdirs: [{0}]}}]",
        "output-targets: [{{path: {0}}}]",
    ],
)
def test_path_outside_folder_rejected(problem_of, template: str, path: str) -> None:
    problem = problem_of(HEAD + template.format(f"'{path}'"))
    assert (problem.place.line, problem.excerpt) == (3, path)
    assert "inside the course's data folder" in problem.hint


@pytest.mark.parametrize("path", [".", "a/..", "slides", "slides/x", "templates", ".clm"])
def test_output_target_in_sources_rejected(problem_of, path: str) -> None:
    problem = problem_of(HEAD + f"output-targets: [{{path: {path}}}]")
    assert problem.excerpt == path


def test_whole_data_folder_group_rejected(problem_of) -> None:
    problem = problem_of(HEAD + "dir-groups: [{name: x, path: .}]")
    assert "whole data folder" in problem.message


@pytest.mark.parametrize(
    ("key", "value", "near"),
    [
        ("kinds", "Completed", "'completed'"),
        ("kinds", "../up", "allowed: code-along"),
        ("languages", "fr", "allowed: de, en"),
    ],
)
def test_unknown_target_value_rejected(problem_of, key: str, value: str, near: str) -> None:
    problem = problem_of(HEAD + f"output-targets: [{{path: x, {key}: [{value}]}}]")
    assert (problem.excerpt, problem.place.line) == (value, 3)
    assert near in problem.hint


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("- {name: B, id: w, topics: [b]}", "the section id 'w' is given twice"),
        (
            "output-targets: [{name: t, path: a}, {name: t, path: b}]",
            "the name of an output-target 't' is given twice",
        ),
    ],
)
def test_duplicate_id_or_name_rejected(problems, more: str, message: str) -> None:
    (problem,) = problems(f"name: K\nsections:\n- {{name: A, id: w, topics: [a]}}\n{more}\n")
    assert problem.message == message


def test_duplicate_name_place_is_second(problem_of) -> None:
    more = "output-targets: [{path: a, name: a}, {path: b, name: a}]"
    problem = problem_of(f"name: K\nsections:\n- {{name: A, topics: [a]}}\n{more}\n")
    assert problem.place.column == more.rindex("a}") + 1
    assert problem.hint == "first given in line 4"


def test_over_hundred_output_targets_rejected(problem_of) -> None:
    targets = "".join(f"- {{path: out/{n}}}\n" for n in range(300))

    problem = problem_of(f"{HEAD}output-targets:\n{targets}")

    assert problem.message == "the course has 300 output-targets, more than 100"
    assert problem.place.line == HEAD.count("\n") + 1 + 101


def test_hundred_output_targets_accepted(write_spec) -> None:
    targets = "".join(f"- {{path: out/{n}}}\n" for n in range(100))

    spec = load_spec(write_spec(f"{HEAD}output-targets:\n{targets}"))

    assert len(spec.output_targets) == 100


@pytest.mark.parametrize("languages", ["languages: [{0}]\nname: K\n", "name: {{{1}}}\n"])
def test_over_hundred_languages_rejected(problem_of, languages: str) -> None:
    codes = [f"{a}{b}{c}" for a in "abcdef" for b in "ghijkl" for c in "qrstu"]
    named = ", ".join(f"{code}: {code}" for code in codes)

    problem = problem_of(languages.format(", ".join(codes), named) + SECTIONS)

    assert problem.message == "the course has 180 languages, more than 100"
    assert problem.place.line == 1
