"""Decks with failing code: each fails alone, with a clear message."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

DECK = '# j2 from "macros.j2" import header\n# {{{{ header("T", "{}") }}}}\n\n# %%\n1 + 1\n\n'
# By deck: its last cell, and the line and part of the text of the expected message.
BAD: Mapping[str, tuple[str, int, str]] = {
    "endless": ("while True:\n    pass", 7, "the cell takes longer than 8 s"),
    "endless_output": ("while True:\n    print('x' * 1000)", 7, "the deck exceeds 100 MB"),
    "much_output": ("print('x' * 200_000_000)", 7, "the deck exceeds 100 MB"),
    "large_result": ("'x' * 200_000_000", 7, "the deck exceeds 100 MB"),
    "question": ("\nname = input('Name?')", 9, "StdinNotImplementedError"),
    "getpass": ("import getpass\ngetpass.getpass()", 9, "StdinNotImplementedError"),
    "death": ("import os\nos._exit(3)", 7, "the kernel died in this cell, also when"),
    "raises": ("x = 1\n\nundefined", 10, "NameError: name 'undefined' is not defined"),
    "nested": ("def f():\n    1 / 0\nf()", 9, "ZeroDivisionError: division by zero"),
    "syntax": ("x = = 1", 8, "SyntaxError: invalid syntax"),
    "exits": ("import sys\nsys.exit(3)", 7, "SystemExit"),
}


Built = tuple[Path, "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def built(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, subprocess.CompletedProcess[str]]:
    course = tmp_path_factory.mktemp("course")
    decks = {name: f"# %%\n{code}\n" for name, (code, _, _) in BAD.items()} | {"good": "# %%\n2\n"}
    for name, cell in decks.items():
        folder = course / "slides" / "module_1_a" / f"topic_1_{name}"
        folder.mkdir(parents=True)
        (folder / f"slides_{name}.py").write_text(DECK.format(name) + cell)
    spec = course / "course.yaml"
    spec.write_text(
        f"name: K\nlanguages: [en]\nsections: [{{name: Eins, topics: [{', '.join(decks)}]}}]\n"
        "plugins: {notebook: {cell-timeout: 8}}\n"
    )
    program = shutil.which("clm", path=str(Path(sys.executable).parent))
    assert program
    environment = os.environ | {"PYTHONIOENCODING": "utf-8", "COLUMNS": "300"}
    result = subprocess.run(
        [program, "build", str(spec)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment,
        timeout=400,
    )
    return course, result


@pytest.mark.parametrize("name", BAD)
def test_failure_names_file_line_cell(built: Built, name: str) -> None:
    _, line, expected = BAD[name]
    place = f"topic_1_{name}/slides_{name}.py:{line} (cell 4): "  # the title has two
    (message,) = [text for text in built[1].stderr.splitlines() if place in text]
    assert expected in message


def test_only_good_deck_built(
    built: Built,
) -> None:
    course, result = built
    assert result.returncode == 1
    assert "Traceback" not in result.stderr
    assert len(list(course.glob("output/**/*good.*"))) == 7
    assert len(list(course.glob("output/**/*.html"))) == 3
    assert len(result.stderr) < 50_000
