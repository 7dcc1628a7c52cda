"""Compatibility with coding-academy-lecture-manager, whose results are stored in `data`."""

from __future__ import annotations

import json
import re
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from clm import Variant

DATA = Path(__file__).parent / "data"
DECK = (DATA / "every_tag_deck.txt").read_text(encoding="utf-8")
EXPECTED = json.loads((DATA / "every_tag_cells.json").read_text(encoding="utf-8"))["cells"]
FOR_STUDENTS = {"code-along", "completed", "partial"}


def without_intended_differences(cells: list[list[str]], kind: str) -> list[tuple[str, str]]:
    """Apply our intended differences (docs/compatibility.md) to the other program's cells."""
    shown = [
        (type, re.sub(r"<div style='(.*);'>\n(.*)\n</div>", r'<div style="\1">\n\n\2\n\n</div>', s))
        for type, s in cells
    ]
    if kind not in FOR_STUDENTS:
        return shown
    # Private cells: a code cell, empty in code-along, and the text that follows it.
    at = shown.index(("markdown", "secret text"))
    return shown[: at - 1] + shown[at + 1 :]


@pytest.mark.parametrize("name", EXPECTED)
def test_every_tag_gives_same_cells(topic: Any, name: str) -> None:
    language, _, kind = name.partition("/")
    is_public = kind in FOR_STUDENTS
    topic.only(Variant(language, kind, "notebook", PurePosixPath(name), is_public))
    (text,) = topic.outputs(DECK).values()
    title, *cells = [(c["cell_type"], "".join(c["source"])) for c in json.loads(text)["cells"]]
    assert {"de": "Alle Regeln", "en": "All Rules"}[language] in title[1]
    assert cells == without_intended_differences(EXPECTED[name], kind)


def test_speaker_equals_recording(topic: Any) -> None:
    outputs = topic.only(
        *(
            Variant("en", kind, "notebook", PurePosixPath(kind), False)
            for kind in ("speaker", "recording")
        )
    ).outputs(DECK)
    assert outputs["en/notebook/speaker"] == outputs["en/notebook/recording"]
