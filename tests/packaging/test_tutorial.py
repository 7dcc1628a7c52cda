"""The tutorial for plugin authors: its files are written and its commands run as shown."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import attrs
import pytest

pytestmark = [
    pytest.mark.integration,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="its commands are those of a POSIX shell"),
]

ROOT = Path(__file__).parents[2]
TUTORIAL = ROOT / "docs" / "plugins" / "tutorial.md"
EXAMPLE = ROOT / "docs" / "examples" / "plugins" / "graphviz"
PACKAGE = "src/clm_plugin_graphviz/"
SAME = (PACKAGE, "tests/conftest.py", "tests/test_contract.py")
BLOCK = re.compile(r"^```(\S+)(?: \S+)?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@attrs.frozen
class File:
    name: str
    text: str


@attrs.frozen
class Command:
    """A command and its output in the tutorial; it must fail if that contains an error."""

    line: str
    shown: tuple[str, ...]

    @property
    def fails(self) -> bool:
        return any(line.startswith("error:") for line in self.shown)


def steps() -> Iterator[File | Command]:
    for kind, body in BLOCK.findall(TUTORIAL.read_text(encoding="utf-8")):
        if kind == "console":
            for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
                line, *shown = part.splitlines()
                yield Command(line, tuple(shown))
        else:
            assert kind == "{code-block}", f"a block of unknown kind: {body}"
            option, _, text = body.partition("\n\n")
            yield File(option.removeprefix(":caption: "), text)


def finished_files() -> dict[str, str]:
    return {step.name: step.text for step in steps() if isinstance(step, File)}


def is_printed(line: str, output: str) -> bool:
    """Whether the output has the line; `...` matches anything, and spaces any number of them."""
    pattern = re.escape(" ".join(line.split())).replace(r"\.\.\.", ".*")
    return any(re.fullmatch(pattern, " ".join(found.split())) for found in output.splitlines())


@pytest.fixture
def shell(tmp_path: Path, built: Callable[[str, str], Path]) -> Callable[[str], tuple[int, str]]:
    """Runs the next command of a shell; returns its exit code and output."""
    pins = tmp_path / "constraints.txt"
    wheels = [built(name, ".whl") for name in ("clm", "clm-plugin-notebook")]
    ours = ["{}=={}".format(*wheel.name.split("-")[:2]) for wheel in wheels]
    pinned = (ROOT / "tests" / "constraints.txt").read_text(encoding="utf-8")
    pins.write_text("\n".join((pinned, *ours)), encoding="utf-8")
    folder = tmp_path / "clm-plugin-graphviz"
    folder.mkdir()
    hidden = ("PYTHONPATH", "VIRTUAL_ENV", "CLM_", "PYTHONDONTWRITEBYTECODE")
    environ = {k: v for k, v in os.environ.items() if not k.startswith(hidden)}
    environ |= {"PIP_FIND_LINKS": str(wheels[0].parent), "PIP_CONSTRAINT": str(pins)}
    environ |= {"PIP_QUIET": "1", "PYTHONIOENCODING": "utf-8"}
    # What is never imported need not be compiled.
    environ |= {"PIP_NO_COMPILE": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    activation: list[str] = []

    def run(line: str) -> tuple[int, str]:
        if line.startswith(". "):
            activation.append(line)
        done = subprocess.run(
            ["sh", "-c", "\n".join(dict.fromkeys((*activation, line)))],
            cwd=folder,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    return run


def test_tutorial_works_as_written(shell, tmp_path):
    for step in steps():
        if isinstance(step, File):
            file = tmp_path / "clm-plugin-graphviz" / step.name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(step.text, encoding="utf-8")
        else:
            code, output = shell(step.line)
            missing = [line for line in step.shown if not is_printed(line, output)]
            assert (code != 0, missing) == (step.fails, []), f"{step.line}\n{output}"


@pytest.mark.parametrize("name", [name for name in finished_files() if name.startswith(SAME)])
def test_tutorial_matches_example(name):
    assert (EXAMPLE / name).read_text(encoding="utf-8") == finished_files()[name]


def test_code_under_sixty_lines():
    texts = [text for name, text in finished_files().items() if name.startswith(PACKAGE)]
    assert sum(bool(line.strip()) for text in texts for line in text.splitlines()) < 60
