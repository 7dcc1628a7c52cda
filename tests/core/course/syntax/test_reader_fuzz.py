"""Fuzzed spec files: each one gives a model or a SpecError."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from clm.course.spec import CourseSpec
from clm.course.syntax.reader import load_spec
from clm.errors import SpecError

YAML = """\
name: {de: Kurs, en: Course}
github: &g {de: x}
sections:
  - name: 'Woche'
    topics: [a, {id: b, evaluate: no}]
    dir-groups: [{name: "x", path: y, subdirs: [z]}]
plugins: {p: {k: 1.5, l: *g}}
output-targets:
  - path: |
      out
    kinds: [speaker]
"""
XML = """\
<?xml version="1.0"?>
<!DOCTYPE course>
<course><name><de>Kurs</de><en>Course</en></name>
<sections><section enabled="true"><name>W</name>
<topics><topic id="a" html="x"/><topic>b<include source="q"/></topic></topics></section></sections>
<dir-groups><dir-group><name/><path>x</path><subdirs><subdir>y</subdir></subdirs></dir-group>
</dir-groups><plugins><p><k>1</k></p></plugins></course>
"""
names = st.sampled_from(["c.yaml", "c.xml", "c"])
SNIPPETS = ["*g", "&g", "!!", "!!int x", "%YAML 1.1\n---\n", "<<: *g", "\t", "? ", "- ", ": ",
            "{", "}", "[", "]", "|", ">", "'", '"', "#", "\x00", "\x85", "\u2028", "\ud7ff",
            "<", ">", "&a;", "<!--", "<![CDATA[", "<?x?>", "</de>", "xmlns:a='b'", "...", "~",
            "0x", "1e999", "9" * 30, "2024-01-01"]  # fmt: skip


def read(data: bytes, name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        try:
            assert isinstance(load_spec(path), CourseSpec)
        except SpecError as error:
            assert error.problems
            assert all(p.place and p.place.file == str(path) for p in error.problems)


@given(st.binary(max_size=300), names)
def test_any_bytes(data: bytes, name: str) -> None:
    read(data, name)


@given(st.text(max_size=200), names)
def test_any_text(text: str, name: str) -> None:
    read(text.encode(errors="surrogatepass"), name)


@given(st.sampled_from([YAML, XML]), names, st.data())
@settings(max_examples=200)
def test_any_spec_edits(text: str, name: str, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = data.draw(st.integers(start, min(len(text), start + 20)))
        text = text[:start] + data.draw(st.sampled_from(["", *SNIPPETS])) + text[end:]
    read(text.encode(errors="surrogatepass"), name)
