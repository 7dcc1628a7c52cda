"""Code of the examples that the documentation quotes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```\w+\n# (docs/examples/plugins/\S+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def quotations() -> list[tuple[str, str]]:
    pages = sorted((ROOT / "docs").rglob("*.md"))
    return [found for page in pages for found in _BLOCK.findall(page.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(("file", "code"), quotations())
def test_quoted_code_matches_example(file: str, code: str) -> None:
    assert code in (ROOT / file).read_text(encoding="utf-8")


def test_every_example_is_quoted() -> None:
    quoted = {Path(file).parts[3] for file, _ in quotations()}
    examples = {path.parent.name for path in ROOT.glob("docs/examples/plugins/*/pyproject.toml")}
    assert quoted == examples
