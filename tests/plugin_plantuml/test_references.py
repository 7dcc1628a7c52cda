"""References of a diagram, found in its text."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clm_plugin_plantuml.references import Kind, find_references, resolve


def found(text: str) -> list[tuple[Kind, str, int]]:
    return [(r.kind, r.target, r.line) for r in find_references(text)]


@pytest.mark.parametrize(
    ("line", "kind", "target"),
    [
        ("!include a.iuml", Kind.INCLUDE, "a.iuml"),
        ("  !include_once  sub/a.iuml  ", Kind.INCLUDE, "sub/a.iuml"),
        ('!include "a b.iuml"', Kind.INCLUDE, "a b.iuml"),
        ("!include a.puml!2", Kind.INCLUDE, "a.puml"),
        ("!include_many a.iuml", Kind.INCLUDE, "a.iuml"),
        ("!includesub a.puml!PART", Kind.INCLUDE, "a.puml"),
        ("!includeurl https://x.y/a.puml", Kind.INCLUDE, "https://x.y/a.puml"),
        ("!include <C4/C4_Context>", Kind.INCLUDE, "<C4/C4_Context>"),
        ("!import lib.zip", Kind.INCLUDE, "lib.zip"),
        ("!theme dark", Kind.THEME, "puml-theme-dark.puml"),
        ("!theme dark from themes", Kind.THEME, "themes/puml-theme-dark.puml"),
        ('!$a = %load_json("a.json")', Kind.DATA, "a.json"),
        ("A -> B: <img:i/a.png>", Kind.IMAGE, "i/a.png"),
        ("A -> B: <img:a.png{scale=0.5}> x", Kind.IMAGE, "a.png"),
        ("<img a.svg>", Kind.IMAGE, "a.svg"),
        ("sprite $s a.svg", Kind.IMAGE, "a.svg"),
        ("<style file=a.css>", Kind.IMAGE, "a.css"),
    ],
)
def test_every_reference_syntax_found(line, kind, target):
    assert found(f"@startuml\n{line}\n@enduml") == [(kind, target, 2)]


@pytest.mark.parametrize(
    "line",
    ["' !include a", "A -> B: include a", "sprite $s {", "sprite $s [16x16/16] {", "<style>"],
)
def test_non_references_ignored(line):
    assert found(line) == []


def test_two_references_per_line_found():
    assert [target for _, target, _ in found("A: <img:a.png> <img:b.png>")] == ["a.png", "b.png"]


@pytest.mark.parametrize("target", ["$dir/a.iuml", "%dirpath()/a.iuml"])
def test_computed_reference_flagged(target):
    (reference,) = find_references(f"!include {target}")
    assert reference.is_computed


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("a.iuml", "pu/a.iuml"),
        ("./sub/a.iuml", "pu/sub/a.iuml"),
        ("../img/a.png", "img/a.png"),
        (r"..\img\a.png", "img/a.png"),
        ("../../x", None),
        ("/etc/passwd", None),
        ("~/x", None),
        ("::x", None),
        (r"C:\x", None),
        ("file:///etc/passwd", None),
        (r"\\host\share\x", None),
    ],
)
def test_target_resolved_within_topic(target, path):
    resolved = resolve(PurePosixPath("pu"), target)
    assert resolved == (PurePosixPath(path) if path else None)


@given(st.lists(st.sampled_from(["..", "a", ".", "b"]), max_size=8))
def test_no_target_escapes_topic(parts):
    resolved = resolve(PurePosixPath("pu"), "/".join(("x", *parts)))
    assert resolved is None or (".." not in resolved.parts and not resolved.is_absolute())
