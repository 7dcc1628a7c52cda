"""Code in the docs: excerpts match their files, and all Python code compiles."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(
    r"^```(?:python|\{code-block\} python\n:caption: \S+\n)\n(.*?)^```$", re.M | re.S
)
EXCERPT = re.compile(r"# (docs/examples/\S+)\n(.*)", re.S)


def blocks() -> list[tuple[str, str]]:
    pages = [p for p in sorted(ROOT.glob("docs/**/*.md")) if "examples" not in p.parts]
    return [(page.name, text) for page in pages for text in BLOCK.findall(page.read_text("utf-8"))]


def excerpts() -> list[tuple[str, str]]:
    matches = [EXCERPT.fullmatch(text) for _, text in blocks()]
    return [(match[1], match[2]) for match in matches if match]


def whole_blocks() -> list[tuple[str, str]]:
    return [(page, text) for page, text in blocks() if not EXCERPT.fullmatch(text)]


def test_both_code_kinds_found():
    assert len(excerpts()) > 5
    assert len(whole_blocks()) > 10


@pytest.mark.parametrize(("file", "text"), excerpts(), ids=[file for file, _ in excerpts()])
def test_excerpt_matches_file(file, text):
    assert text in (ROOT / file).read_text(encoding="utf-8")


@pytest.mark.parametrize(("page", "text"), whole_blocks(), ids=[p for p, _ in whole_blocks()])
def test_python_blocks_compile(page, text):
    compile(textwrap.dedent(text), page, "exec")
