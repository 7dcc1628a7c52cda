"""Regions of cells that nbgrader takes out: solutions, hidden tests and marking schemes.

As in nbgrader, a line that contains `BEGIN SOLUTION` starts a region, and one that contains
`END SOLUTION` ends it, in any comment syntax.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

SOLUTION = "SOLUTION"
# What nbgrader never gives to students.
FOR_GRADING = ("HIDDEN TESTS", "MARK SCHEME")
TEXT_STUB = "YOUR ANSWER HERE"

REGION_NAMES = (SOLUTION, *FOR_GRADING)
_MARKER = re.compile(rf"\b(BEGIN|END) ({'|'.join(REGION_NAMES)})")
# A line with nothing but a comment sign and such words, which nbgrader does not take for a marker.
_MISTYPED = re.compile(
    r"\W*(?:begin|start|end)[\W_]*(?:of[\W_]*)?(?:the[\W_]*)?(?:model[\W_]*)?"
    r"(?:solutions?|(?:hidden|secret|private)[\W_]*tests?|mark(?:ing)?[\W_]*schemes?)"
    r"\W*(?:\(.*\)\W*|:.*)?",
    re.I,
)


def has_region(source: str, name: str) -> bool:
    """Whether a region of this name starts in the source of a cell."""
    return any(match[1] == "BEGIN" and match[2] == name for _, match in _markers(source))


def without_region(source: str, name: str, stub: str = "") -> str:
    """Return the source with the stub, indented, in place of each region of this name.

    A region that is not closed extends to the end of the source, and what stands before an end
    without a beginning is part of a region.
    """
    markers = {n: m[1] for n, m in _markers(source) if m[2] == name}
    if not markers:
        return source
    inside = next(iter(markers.values()), "BEGIN") == "END"
    lines = []
    for number, line in enumerate(source.split("\n"), start=1):
        marker = markers.get(number)
        if marker == "BEGIN":
            indent = line[: len(line) - len(line.lstrip())]
            lines += [indent + part for part in stub.split("\n")] if stub else []
        if marker is None and not inside:
            lines.append(line)
        inside = marker == "BEGIN" if marker else inside
    return "\n".join(lines)


def without_regions(source: str) -> str:
    """Return the part of the source that is in no region."""
    for name in REGION_NAMES:
        source = without_region(source, name)
    return source


def region_faults(source: str) -> Iterator[tuple[int, str]]:
    """Yield the number (from 1) of each line with an unbalanced or mistyped marker, and why."""
    opened: dict[str, int] = {}
    for number, match in _markers(source):
        kind, name = match.groups()
        if kind == "BEGIN" and opened:
            yield number, f"`BEGIN {name}` is inside another region"
        if kind == "END" and opened.pop(name, None) is None:
            yield number, f"`END {name}` without `BEGIN {name}`"
        if kind == "BEGIN":
            opened[name] = number
    for name, number in opened.items():
        yield number, f"`BEGIN {name}` without `END {name}`"
    for number, line in enumerate(source.split("\n"), start=1):
        if _MISTYPED.fullmatch(line) and not _MARKER.search(line):
            yield number, f"`{line.strip()}` may be meant as a marker of nbgrader, but is none"


def _markers(source: str) -> Iterator[tuple[int, re.Match[str]]]:
    if _MARKER.search(source) is None:  # as in most cells
        return
    for number, line in enumerate(source.split("\n"), start=1):
        if match := _MARKER.search(line):
            yield number, match
