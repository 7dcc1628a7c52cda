"""Regions of nbgrader: solutions, hidden tests and marking schemes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clm_plugin_notebook.decks.hiding.regions import SOLUTION, region_faults, without_region

SOURCE = """\
def f():
    ### BEGIN SOLUTION
    return 1
    ### END SOLUTION
f()"""


def test_region_replaced_by_stub() -> None:
    shown = without_region(SOURCE, SOLUTION, "# YOUR CODE HERE\npass")
    assert shown == "def f():\n    # YOUR CODE HERE\n    pass\nf()"


def test_other_regions_stay() -> None:
    assert without_region(SOURCE, "HIDDEN TESTS") == SOURCE


def test_balanced_regions_are_no_fault() -> None:
    tests = "// BEGIN HIDDEN TESTS\nassert f();\n// END HIDDEN TESTS"
    assert list(region_faults(f"{SOURCE}\n{tests}")) == []


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("### BEGIN SOLUTION\nx", 1),
        ("x\n### END SOLUTION", 2),
        ("### BEGIN HIDDEN TESTS\n### END SOLUTION\n### END HIDDEN TESTS", 2),
        ("### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION", 2),
        ("### Begin Solution\nx\n### End Solution", 1),
        ("### BEGIN_SOLUTION", 1),
        ("# begin hidden test", 1),
        ("<!-- BEGIN MARKING SCHEME -->", 1),
    ],
)
def test_unbalanced_region_is_fault(source: str, line: int) -> None:
    assert next(region_faults(source))[0] == line


@pytest.mark.parametrize(
    "marker",
    [
        *("BEGIN: HIDDEN TESTS", "<begin> hidden-tests", "BEGIN HIDDEN TEST (part a)"),
        *("Begin solution: part a", "BEGIN MODEL SOLUTION", "BEGIN SECRET TESTS"),
    ],
)
def test_mistyped_marker_is_fault(marker: str) -> None:
    assert list(region_faults(f"### {marker}\nsecret\n"))


@pytest.mark.parametrize("text", ["Begin the solution with a loop.", "end", "# solution"])
def test_ordinary_words_are_no_fault(text: str) -> None:
    assert list(region_faults(text)) == []


LINES = st.sampled_from(
    ["secret", "# BEGIN SOLUTION", "# END SOLUTION", "# BEGIN HIDDEN TESTS", "# END HIDDEN TESTS"]
)


@given(st.lists(LINES, max_size=8))
def test_no_fault_means_nothing_left(lines: list[str]) -> None:
    source = "\n".join(lines)
    inside = 0
    hidden = []
    for line in lines:
        inside += line.startswith("# BEGIN")
        hidden += [line] * (inside > 0 and line == "secret")
        inside -= line.startswith("# END")
    if not list(region_faults(source)):
        for name in (SOLUTION, "HIDDEN TESTS"):
            source = without_region(source, name)
        assert source.count("secret") == lines.count("secret") - len(hidden)
