"""Roles of cells in assignments that students hand in, as nbgrader knows them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import evolve, frozen

GRADED = "graded"
TESTS = "graded-tests"
SCHEMA_VERSION = 3

_FLAGS = ("grade", "locked", "solution", "task")
_ID = re.compile(r"[A-Za-z0-9_-]{1,128}")


@frozen
class Grading:
    """What nbgrader does with a cell, see its documentation of cell metadata.

    `grade_id` is empty if the deck has none. With `given`, students get the cell as it is.
    """

    grade: bool = False
    locked: bool = False
    solution: bool = False
    task: bool = False
    points: float = 0
    grade_id: str = ""

    @property
    def role(self) -> str:
        """`solution` for what students write, `given` for what they get, else empty."""
        if self.solution:
            return "solution"
        return "given" if self.grade or self.locked or self.task else ""

    def as_metadata(self) -> dict[str, Any]:
        """The metadata of the cell, in version 3 of nbgrader's schema."""
        flags = {name: getattr(self, name) for name in _FLAGS}
        points = {"points": self.points} if self.grade or self.task else {}
        return {"grade_id": self.grade_id, **flags, **points, "schema_version": SCHEMA_VERSION}


NO_GRADING = Grading()


def grading(cell_type: str, tags: Iterable[str], value: Any) -> Grading:
    """The role of a cell, by its tags and its metadata `nbgrader`.

    Raises:
        ValueError: they are malformed, or contradict each other.
    """
    if value is not None and not isinstance(value, Mapping):
        raise ValueError("`nbgrader` must be an object")
    given: Mapping[str, Any] = value or {}
    flags = {name: given[name] for name in _FLAGS if name in given}
    if not all(isinstance(flag, bool) for flag in flags.values()):
        raise ValueError(f"in `nbgrader`, {', '.join(_FLAGS)} must be true or false")
    own = sorted({GRADED, TESTS} & set(tags))
    if not own:
        return _of_flags(cell_type, flags, given) if any(flags.values()) else NO_GRADING
    if len(own) > 1 or flags:
        words = " and ".join(own) if len(own) > 1 else f"{own[0]} and `{next(iter(flags))}`"
        raise ValueError(f"{words} contradict each other: use one tag, or `nbgrader` alone")
    if cell_type not in (("code",) if own == [TESTS] else ("code", "markdown")):
        raise ValueError(f"the tag {own[0]!r} is not for {cell_type} cells")
    is_text = cell_type == "markdown"
    flags = {"grade": True, "locked": True} if own == [TESTS] else {"solution": True}
    return _of_flags(cell_type, flags | ({"grade": True} if is_text else {}), given, points=1)


def _of_flags(
    cell_type: str, flags: Mapping[str, bool], given: Mapping[str, Any], points: float = 0
) -> Grading:
    points, grade_id = given.get("points", points), given.get("grade_id", "")
    is_number = isinstance(points, (int, float)) and not isinstance(points, bool)
    if not is_number or not 0 <= points < float("inf"):
        raise ValueError("in `nbgrader`, points must be a number from 0")
    if grade_id and not (isinstance(grade_id, str) and _ID.fullmatch(grade_id)):
        raise ValueError("in `nbgrader`, grade_id must have only letters, digits, `-` and `_`")
    found = Grading(**flags, points=points, grade_id=grade_id or "")
    # nbgrader refuses text that students write and nobody grades.
    is_answer = cell_type == "markdown" and found.solution and not found.task
    return evolve(found, grade=True) if is_answer else found


def numbered(gradings: Mapping[int, Grading]) -> dict[int, Grading]:
    """The gradings of a deck's cells by their numbers, each with an id of its own.

    An id that the deck lacks is the role with a number, which is the same in all outputs.
    """
    taken = {found.grade_id for found in gradings.values()}
    count: Counter[str] = Counter()
    named = {}
    for number, found in sorted(gradings.items()):
        name = found.grade_id
        role = "tests" if found.role == "given" else GRADED
        while not name or (not found.grade_id and name in taken):
            count[role] += 1
            name = f"{role}-{count[role]}"
        named[number] = evolve(found, grade_id=name)
    return named
