"""Checks assignments with nbgrader itself, which needs an environment of its own.

Run by `.ci/nbgrader`, or `python tests/plugin_notebook/check_nbgrader.py PYTHON`, where PYTHON is
the interpreter of an environment with nbgrader and ipykernel. A course is built in a temporary
folder.
Its notebook for speakers is the source of an assignment: nbgrader makes the version for students
of it, which is compared with CLM's. Then a student hands in CLM's notebook with a right answer to
the first task, and nbgrader grades it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

SPEC = "name: {en: Course}\nlanguages: [en]\nsections: [{name: {en: Week}, topics: [deck]}]\n"
DECK = """\
# %% [markdown]
# # Sums

# %% tags=["graded"]
def add(a, b):
    ### BEGIN SOLUTION
    return a + b
    ### END SOLUTION

# %% tags=["graded-tests"] nbgrader={"points": 2}
assert add(1, 2) == 3
### BEGIN HIDDEN TESTS
assert add(2, 2) == 4
### END HIDDEN TESTS

# %% tags=["graded"]
total = 6

# %% tags=["graded-tests"]
assert total == 6

# %% [markdown] tags=["graded"] nbgrader={"points": 3}
# Because it is so.
"""
_STUB = "    # YOUR CODE HERE\n    raise NotImplementedError()"
_POINTS = """
from nbgrader.api import Gradebook
with Gradebook("sqlite:///gradebook.db") as book:
    for grade in book.find_submission_notebook("sums", "week", "ada").grades:
        print(grade.name, grade.auto_score, grade.max_score)
"""


def main(python: str) -> int:
    """Print what nbgrader says; return 1 if anything is not as expected."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        given, source = _built(folder / "course")
        _lay_out(folder, source)
        _run(folder, python, "-m", "nbgrader", "generate_assignment", "week")
        released = _read(folder / "release" / "week" / "sums.ipynb")
        same = _cells(released) == _cells(given)
        sys.stdout.write(f"nbgrader's version for students has the cells of CLM's: {same}\n")
        _hand_in(folder, given)
        _run(folder, python, "-m", "nbgrader", "autograde", "week")
        points = _run(folder, python, "-c", _POINTS)
        sys.stdout.write(points)
        right = "tests-1 2.0 2.0" in points and "tests-2 0.0 1.0" in points
        return 0 if same and right else 1


def _built(course: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The notebooks of a new course for students and for speakers."""
    deck = course / "slides" / "module_1_m" / "topic_1_deck" / "slides_deck.py"
    deck.parent.mkdir(parents=True)
    deck.write_text(DECK, encoding="utf-8")
    (course / "course.yaml").write_text(SPEC, encoding="utf-8")
    _run(course, sys.executable, "-m", "clm", "build")
    (given,) = (course / "output").rglob("Code-Along/*/*.ipynb")
    (source,) = (course / "output").rglob("Speaker/*/*.ipynb")
    return _read(given), _read(source)


def _lay_out(folder: Path, source: dict[str, Any]) -> None:
    place = folder / "source" / "week"
    place.mkdir(parents=True)
    (place / "sums.ipynb").write_text(json.dumps(source), encoding="utf-8")
    (folder / "nbgrader_config.py").write_text(
        "c = get_config()\nc.CourseDirectory.course_id = 'c'\n"
    )


def _hand_in(folder: Path, given: dict[str, Any]) -> None:
    place = folder / "submitted" / "ada" / "week"
    place.mkdir(parents=True)
    for cell in given["cells"]:
        text = "".join(cell["source"])
        cell["source"] = text.replace(_STUB, "    return a + b")
    (place / "sums.ipynb").write_text(json.dumps(given), encoding="utf-8")


def _read(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


def _cells(notebook: dict[str, Any]) -> list[tuple[str, str, Any]]:
    """The cells as far as they are the same in both versions."""
    keys = ("grade_id", "grade", "locked", "solution", "task", "points", "schema_version")
    found = []
    for cell in notebook["cells"]:
        metadata = cell["metadata"].get("nbgrader", {})
        known = {key: metadata[key] for key in keys if key in metadata}
        found.append((cell["cell_type"], "".join(cell["source"]).strip(), known))
    return found


def _run(folder: Path, *command: str) -> str:
    # nbgrader runs programs of its environment by their names.
    path = f"{Path(command[0]).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    environ = {**os.environ, "PYTHONWARNINGS": "ignore", "PATH": path}
    done = subprocess.run(
        command, cwd=folder, env=environ, capture_output=True, text=True, timeout=600, check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
