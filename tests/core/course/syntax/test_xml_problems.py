"""Specs that are not XML, and problems that only occur in XML."""

from __future__ import annotations

import pytest

from clm.course.syntax.reader import load_spec

SECTIONS = "<sections><section><name>W</name><topics><topic>a</topic></topics></section></sections>"


def test_duplicate_element_reported(problem_of) -> None:
    text = f"<course><name>K</name>\n<name>L</name>{SECTIONS}</course>"
    problem = problem_of(text, "c.xml")
    assert (problem.message, problem.place.line) == ("'name' is given twice", 2)


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
def test_malformed_xml_rejected(problem_of, text: str, line: int, column: int) -> None:
    problem = problem_of(text, "c.xml")
    assert problem.message.startswith("not XML: ")
    assert (problem.place.line, problem.place.column) == (line, column)


def test_wrong_root_element_rejected(problem_of) -> None:
    problem = problem_of("<?xml version='1.0'?>\n<html/>", "c.xml")
    assert (problem.place.line, problem.excerpt) == (2, "<html>")


@pytest.mark.parametrize(
    "declaration",
    [
        '<!ENTITY a "aaaa">',
        '<!ENTITY a SYSTEM "file:///etc/passwd">',
        '<!ENTITY % a SYSTEM "http://127.0.0.1/x.dtd"> %a;',
    ],
)
def test_entity_declarations_rejected(problem_of, declaration: str) -> None:
    text = f"<!DOCTYPE course [\n{declaration}]>\n<course><name>&a;</name></course>"
    problem = problem_of(text, "c.xml")
    assert "entity declarations are not allowed" in problem.message
    assert problem.place.line == 2


def test_external_dtd_entity_rejected(problem_of) -> None:
    text = '<!DOCTYPE course SYSTEM "course.dtd">\n<course><name>&a;</name></course>'
    problem = problem_of(text, "c.xml")
    assert (problem.message, problem.excerpt) == ("unknown entity", "&a;")


def test_plain_doctype_accepted(write_spec) -> None:
    text = f"<!DOCTYPE course>\n<course><name>K</name>{SECTIONS}</course>"
    assert load_spec(write_spec(text, "c.xml")).name["de"] == "K"


def test_deeply_nested_xml_rejected(problem_of) -> None:
    assert problem_of("<course>" * 100_000, "c.xml").message == "nested too deeply"


def test_too_many_elements_rejected(problem_of) -> None:
    assert "too large" in problem_of("<course>" + "<a/>" * 60_000, "c.xml").message


def test_unknown_list_element_rejected(problem_of) -> None:
    text = (
        "<course><name>K</name><sections>\n<section><name>W</name><topics><topic>a</topic>\n"
        "<topik>b</topik></topics></section></sections></course>"
    )
    problem = problem_of(text, "c.xml")
    assert (problem.place.line, problem.excerpt) == (3, "<topik>")
    assert problem.hint == "allowed: <topic>, <subsection>, <activity>"


def test_stray_text_rejected(problem_of) -> None:
    text = f"<course><name>K</name>\n  oops{SECTIONS}</course>"
    problem = problem_of(text, "c.xml")
    assert (problem.place.line, problem.place.column, problem.excerpt) == (2, 3, "oops")


def test_topic_with_two_ids_rejected(problem_of) -> None:
    text = (
        "<course><name>K</name><sections><section><name>W</name><topics>\n"
        '<topic id="a">b</topic></topics></section></sections></course>'
    )
    problem = problem_of(text, "c.xml")
    assert (problem.message, problem.place.line) == ("'id' is given twice", 2)


def test_attribute_problem_has_own_place(problems) -> None:
    text = (
        "<course><name>K</name><sections><section\n"
        '  id="a" enabled="perhaps"><name>W</name>\n'
        "<topics><topic id='ä' modul='m'/></topics></section></sections></course>"
    )
    flag, key = problems(text, "c.xml")
    assert (flag.place.line, flag.place.column, flag.excerpt) == (2, 19, "perhaps")
    assert (key.place.line, key.place.column, key.excerpt) == (3, 23, "modul")
