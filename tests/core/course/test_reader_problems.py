"""Specs that are wrong: each fault with its line, the offending text and what is allowed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from clm.course.reader import MAX_BYTES, load_spec
from clm.errors import SpecError

SECTIONS = "sections: [{name: W, topics: [a]}]\n"
HEAD = "name: K\n" + SECTIONS
XML_SECTIONS = (
    "<sections><section><name>W</name><topics><topic>a</topic></topics></section></sections>"
)


def only(found):
    assert len(found) == 1, [str(problem) for problem in found]
    return found[0]


def test_every_problem_is_found_in_one_run(problems) -> None:
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
def test_an_unknown_key_is_named_with_the_nearest(
    problems, text: str, line: int, column: int, excerpt: str, hint: str
) -> None:
    problem = only(problems(text))
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
def test_a_wrong_type_is_said(problems, text: str, line: int, excerpt: str | None) -> None:
    problem = only([p for p in problems(text) if "must be" in p.message])
    assert problem.place.line == line
    assert problem.excerpt == excerpt


def test_a_number_in_place_of_a_text_wants_quotes(problems) -> None:
    assert only(problems("name: 2024\n" + SECTIONS)).hint == 'put it in quotes: "2024"'


@pytest.mark.parametrize(
    ("text", "line", "first"),
    [
        (HEAD + "name: L\n", 3, 1),
        ("name: {de: K,\n  de: L}\n" + SECTIONS, 2, 1),
        (HEAD + "plugins: {x: {a: 1,\n a: 2}}", 4, 3),
        ("name: K\nsections:\n- name: W\n  topics: [a]\n  name: X", 5, 3),
    ],
)
def test_a_key_given_twice_is_said(problems, text: str, line: int, first: int) -> None:
    problem = only(problems(text))
    assert "given twice" in problem.message
    assert (problem.place.line, problem.hint) == (line, f"first given in line {first}")


def test_an_element_given_twice_is_said(problems) -> None:
    text = f"<course><name>K</name>\n<name>L</name>{XML_SECTIONS}</course>"
    problem = only(problems(text, "c.xml"))
    assert (problem.message, problem.place.line) == ("'name' is given twice", 2)


def test_a_topic_given_twice_is_said(problems) -> None:
    problem = only(
        problems("name: K\nsections:\n- name: W\n  topics: [a, b]\n- name: X\n  topics: [c, b]\n")
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
def test_what_is_missing_is_said(problems, text: str, line: int, what: str) -> None:
    problem = only(problems(text))
    assert problem.message == f"{what} is missing"
    assert problem.place.line == line


@pytest.mark.parametrize("text", ["name: K\n\nsections: []\n"])
def test_a_course_without_sections_is_a_problem(problems, text: str) -> None:
    problem = only(problems(text))
    assert (problem.message, problem.place.line) == ("the course has no sections", 3)


def test_a_course_without_sections_is_a_problem_in_xml(problems) -> None:
    problem = only(problems("<course>\n<name>K</name>\n<sections/>\n</course>", "c.xml"))
    assert (problem.message, problem.place.line) == ("the course has no sections", 3)


@pytest.mark.parametrize(
    "text", ['name: ""\n', "name: {}\n", "name: {de: '', en: C}\n", "name: {de: '', en: ''}\n"]
)
def test_an_empty_name_is_a_problem(problems, text: str) -> None:
    problem = only(problems(text + SECTIONS))
    assert (problem.message, problem.place.line) == ("'name' must not be empty", 1)


def test_something_else_than_a_language_is_a_problem(problems) -> None:
    problem = only(problems("name: {de: K, english: C}\n" + SECTIONS))
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
def test_a_path_that_leaves_its_folder_is_a_problem(problems, template: str, path: str) -> None:
    problem = only(problems(HEAD + template.format(f"'{path}'")))
    assert (problem.place.line, problem.excerpt) == (3, path)
    assert "inside it" in problem.hint


@pytest.mark.parametrize("path", [".", "a/..", "slides", "slides/x", "templates", ".clm"])
def test_an_output_target_in_the_sources_is_a_problem(problems, path: str) -> None:
    problem = only(problems(HEAD + f"output-targets: [{{path: {path}}}]"))
    assert problem.excerpt == path


def test_a_dir_group_of_the_whole_data_folder_is_a_problem(problems) -> None:
    problem = only(problems(HEAD + "dir-groups: [{name: x, path: .}]"))
    assert "whole data folder" in problem.message


@pytest.mark.parametrize(
    ("key", "value", "near"),
    [("kinds", "complete", "'completed'"), ("languages", "fr", "allowed: de, en")],
)
def test_an_output_target_names_what_there_is(problems, key: str, value: str, near: str) -> None:
    problem = only(problems(HEAD + f"output-targets: [{{path: x, {key}: [{value}]}}]"))
    assert (problem.excerpt, problem.place.line) == (value, 3)
    assert near in problem.hint


# ------------------------------------------------------------------------------ the file itself


@pytest.mark.parametrize("name", ["course.yaml", "course.xml", "course"])
@pytest.mark.parametrize("text", ["", " \n\n", "\ufeff"])
def test_an_empty_file_is_a_problem(problems, name: str, text: str) -> None:
    assert only(problems(text, name)).message == "the course spec is empty"


@pytest.mark.parametrize("text", ["# only a comment\n", "---\n", "~\n", "--- ''\n"])
def test_a_document_of_nothing_is_a_problem(problems, text: str) -> None:
    assert only(problems(text)).message == "the course spec is empty"


def test_a_missing_file_is_a_problem_with_the_nearest(write_spec, tmp_path: Path) -> None:
    write_spec(HEAD)
    with pytest.raises(SpecError) as caught:
        load_spec(tmp_path / "curse.yaml")
    (problem,) = caught.value.problems
    assert problem.message == "there is no such course spec"
    assert str(tmp_path / "course.yaml") in problem.hint


def test_a_missing_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="there is no folder"):
        load_spec(tmp_path / "no" / "course.yaml")


def test_a_folder_is_a_problem_with_the_specs_in_it(write_spec, tmp_path: Path) -> None:
    path = write_spec(HEAD)
    with pytest.raises(SpecError) as caught:
        load_spec(tmp_path)
    assert str(path) in (caught.value.problems[0].hint or "")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "course.yaml")
    with pytest.raises(SpecError, match="not a file"):
        load_spec(tmp_path / "course.yaml")


def test_a_path_through_a_file_is_a_missing_file(write_spec) -> None:
    with pytest.raises(SpecError, match="no such course spec"):
        load_spec(write_spec(HEAD) / "course.yaml")


def test_a_huge_file_is_refused(problems) -> None:
    assert "too large" in only(problems(b"#" * (MAX_BYTES + 1))).message


@pytest.mark.parametrize("name", ["course.yaml", "course.xml"])
def test_another_encoding_is_refused_with_its_line(problems, name: str) -> None:
    problem = only(problems("name: K\nauthor: Jürgen".encode("latin-1"), name))
    assert problem.message == "the course spec is not UTF-8"
    assert (problem.place.line, problem.place.column) == (2, 10)
    assert "rgen" in problem.excerpt


# ------------------------------------------------------------------------------ YAML


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
def test_what_is_not_yaml_is_a_problem(problems, text: str, line: int, excerpt: str) -> None:
    problem = only(problems(text))
    assert problem.message.startswith("not YAML: ")
    assert (problem.place.line, problem.excerpt) == (line, excerpt)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("name: !!python/object/apply:os.system [x]\n", 1, "tags are not allowed"),
        ("name: K\n--- \nname: L\n", 2, "more than one YAML document"),
        ("name: K\nsections: *x\n", 2, "no such anchor"),
        ("name: &a [*a]\n", 1, "no such anchor"),
        ("name: K\n? [a]\n: b\n", 2, "a key must be a plain text"),
    ],
)
def test_yaml_that_no_spec_has_is_refused(problems, text: str, line: int, message: str) -> None:
    problem = only(problems(text))
    assert message in problem.message
    assert problem.place.line == line


def test_an_alias_bomb_is_refused(problems) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for n in range(1, 12):
        lines.append(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]")
    problem = only(problems("\n".join(lines)))
    assert "too large" in problem.message
    assert problem.place.line == 5


def test_an_alias_chain_is_refused_as_too_deep(problems) -> None:
    lines = ["a0: &a0 [x]", *(f"a{n}: &a{n} [*a{n - 1}]" for n in range(1, 100))]
    assert "nested too deeply" in only(problems("\n".join(lines))).message


@pytest.mark.parametrize("text", ["[\n" * 100_000, "{a: \n" * 50_000, "- " * 9_000])
def test_deeply_nested_yaml_is_refused(problems, text: str) -> None:
    assert "nested too deeply" in only(problems(text)).message


def test_a_line_of_yaml_that_would_take_the_parser_long_is_refused(problems) -> None:
    problem = only(problems("name: K\nx: " + "!" * 100_000))
    assert "the line is too long" in problem.message
    assert problem.place.line == 2


def test_of_very_many_problems_the_first_have_hints(problems) -> None:
    found = problems("".join(f"sectionz{n}: 1\n" for n in range(200)))
    assert found[0].hint is not None and found[-1].hint is None


# ------------------------------------------------------------------------------ XML


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("<course>\n<name>K</nam></course>", 2, 10),
        ("<course>\n  <name>", 2, 9),
        ("<course>\n&amp;&nbsp;</course>", 2, 6),
        ("<course/><course/>", 1, 10),
        ("name: K", 1, 1),
    ],
)
def test_what_is_not_xml_is_a_problem(problems, text: str, line: int, column: int) -> None:
    problem = only(problems(text, "c.xml"))
    assert problem.message.startswith("not XML: ")
    assert (problem.place.line, problem.place.column) == (line, column)


def test_another_root_is_a_problem(problems) -> None:
    problem = only(problems("<?xml version='1.0'?>\n<html/>", "c.xml"))
    assert (problem.place.line, problem.excerpt) == (2, "<html>")


@pytest.mark.parametrize(
    "declaration",
    [
        '<!ENTITY a "aaaa">',
        '<!ENTITY a SYSTEM "file:///etc/passwd">',
        '<!ENTITY % a SYSTEM "http://127.0.0.1/x.dtd"> %a;',
    ],
)
def test_entities_are_refused(problems, declaration: str) -> None:
    text = f"<!DOCTYPE course [\n{declaration}]>\n<course><name>&a;</name></course>"
    problem = only(problems(text, "c.xml"))
    assert "entity declarations are not allowed" in problem.message
    assert problem.place.line == 2


def test_an_entity_of_an_outside_dtd_is_refused(problems) -> None:
    text = '<!DOCTYPE course SYSTEM "course.dtd">\n<course><name>&a;</name></course>'
    problem = only(problems(text, "c.xml"))
    assert (problem.message, problem.excerpt) == ("unknown entity", "&a;")


def test_a_harmless_doctype_is_read(write_spec) -> None:
    text = f"<!DOCTYPE course>\n<course><name>K</name>{XML_SECTIONS}</course>"
    assert load_spec(write_spec(text, "c.xml")).name["de"] == "K"


def test_deeply_nested_xml_is_refused(problems) -> None:
    assert only(problems("<course>" * 100_000, "c.xml")).message == "nested too deeply"


def test_xml_of_too_many_elements_is_refused(problems) -> None:
    assert "too large" in only(problems("<course>" + "<a/>" * 60_000, "c.xml")).message


def test_a_foreign_element_in_a_list_is_a_problem(problems) -> None:
    text = (
        "<course><name>K</name><sections>\n<section><name>W</name><topics><topic>a</topic>\n"
        "<topik>b</topik></topics></section></sections></course>"
    )
    problem = only(problems(text, "c.xml"))
    assert (problem.place.line, problem.excerpt) == (3, "<topik>")
    assert problem.hint == "allowed: <topic>"


def test_stray_text_is_a_problem(problems) -> None:
    text = f"<course><name>K</name>\n  oops{XML_SECTIONS}</course>"
    problem = only(problems(text, "c.xml"))
    assert (problem.place.line, problem.place.column, problem.excerpt) == (2, 3, "oops")


def test_a_topic_with_two_ids_is_a_problem(problems) -> None:
    text = (
        "<course><name>K</name><sections><section><name>W</name><topics>\n"
        '<topic id="a">b</topic></topics></section></sections></course>'
    )
    problem = only(problems(text, "c.xml"))
    assert (problem.message, problem.place.line) == ("'id' is given twice", 2)


def test_an_attribute_of_xml_is_named_by_its_own_place(problems) -> None:
    text = (
        "<course><name>K</name><sections><section\n"
        '  id="a" enabled="perhaps"><name>W</name>\n'
        "<topics><topic id='ä' modul='m'/></topics></section></sections></course>"
    )
    flag, key = problems(text, "c.xml")
    assert (flag.place.line, flag.place.column, flag.excerpt) == (2, 19, "perhaps")
    assert (key.place.line, key.place.column, key.excerpt) == (3, 23, "modul")


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
def test_a_name_that_commands_use_is_unique(problems, more: str, message: str) -> None:
    (problem,) = problems(f"name: K\nsections:\n- {{name: A, id: w, topics: [a]}}\n{more}\n")
    assert problem.message == message
