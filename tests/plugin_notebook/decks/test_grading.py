"""Cells of assignments: their roles, and their metadata for nbgrader."""

from __future__ import annotations

import json
from typing import Any

import pytest
from deck_reading import read_text_deck
from deck_sources import variant

from clm_plugin_notebook.decks.deck import InvalidDeckError
from clm_plugin_notebook.decks.grading import Grading, grading, numbered

DECK = """\
# j2 from 'macros.j2' import header
# {{ header("Titel", "Title") }}

# %% tags=["graded"]
def add(a, b):
    ### BEGIN SOLUTION
    return a + b  # the secret
    ### END SOLUTION

# %% tags=["graded-tests"] nbgrader={"points": 2, "grade_id": "sums"}
assert add(1, 2) == 3
### BEGIN HIDDEN TESTS
assert add(2, 2) == 4  # the hidden
### END HIDDEN TESTS

# %% tags=["graded"]
total = 6  # the secret

# %% tags=["graded-tests"]
assert total == 6

# %% [markdown] lang="de" tags=["graded"] nbgrader={"points": 3}
# Das Geheimnis

# %% [markdown] lang="en" tags=["graded"] nbgrader={"points": 3}
# The secret
"""
STUB = "# YOUR CODE HERE\nraise NotImplementedError()"


def notebook(topic: Any, kind: str, *, public: bool = True) -> list[dict[str, Any]]:
    chosen = topic.only(variant(kind, "notebook", public=public))
    (text,) = chosen.outputs(DECK).values()
    cells: list[dict[str, Any]] = json.loads(text)["cells"][1:]
    return cells


def test_students_get_assignment(topic):
    cells = notebook(topic, "code-along")
    sources = ["".join(cell["source"]) for cell in cells]
    assert sources == [
        "def add(a, b):\n    # YOUR CODE HERE\n    raise NotImplementedError()",
        "assert add(1, 2) == 3",
        STUB,
        "assert total == 6",
        "YOUR ANSWER HERE",
    ]
    assert "secret" not in json.dumps(cells) and "hidden" not in json.dumps(cells)


def test_metadata_is_of_nbgrader(topic):
    found = [cell["metadata"]["nbgrader"] for cell in notebook(topic, "code-along")]
    flags = [
        (m["grade_id"], m["grade"], m["locked"], m["solution"], m.get("points")) for m in found
    ]
    assert flags == [
        ("graded-1", False, False, True, None),
        ("sums", True, True, False, 2),
        ("graded-2", False, False, True, None),
        ("tests-1", True, True, False, 1),
        ("graded-3", True, False, True, 3),
    ]
    assert {m["schema_version"] for m in found} == {3} and not any(m["task"] for m in found)


@pytest.mark.parametrize(("kind", "public"), [("completed", True), ("speaker", False)])
def test_ids_equal_in_all_kinds(topic, kind, public):
    ids = [cell["metadata"]["nbgrader"]["grade_id"] for cell in notebook(topic, "code-along")]
    others = notebook(topic, kind, public=public)
    assert [cell["metadata"]["nbgrader"]["grade_id"] for cell in others] == ids


def test_teachers_get_source_of_assignment(topic):
    text = json.dumps(notebook(topic, "speaker", public=False))
    assert text.count("the secret") == 2 and "BEGIN HIDDEN TESTS" in text


def test_other_cells_have_no_metadata(topic):
    chosen = topic.only(variant("code-along", "notebook"))
    deck = '# %% nbgrader={"grade_id": "secret", "solution": false}\n1\n'
    (text,) = chosen.outputs(deck).values()
    assert "nbgrader" not in text and "secret" not in text


@pytest.mark.parametrize(
    "header",
    [
        'tags=["graded", "graded-tests"]', '[markdown] tags=["graded-tests"]',
        '[raw] tags=["graded"]', 'tags=["graded"] nbgrader={"solution": true}',
        'tags=["graded-tests"] nbgrader={"points": "2"}', 'tags=["graded"] nbgrader=[]',
        'tags=["graded-tests"] nbgrader={"points": true}', 'nbgrader={"solution": 1}',
        'tags=["graded-tests"] nbgrader={"points": -1}',
        'tags=["graded"] nbgrader={"grade_id": "a b"}', 'tags=["graded"] nbgrader={"grade_id": 1}',
        'tags=["grade"]', 'tags=["graded-test"]', 'tags=["Graded"]', "graded=true",
    ],
)  # fmt: skip
def test_contradictions_are_errors(header):
    with pytest.raises(InvalidDeckError):
        read_text_deck(f"# %% {header}\n# secret\n")


def test_same_id_twice_is_error():
    cell = '# %% tags=["graded"] nbgrader={"grade_id": "a"}\n1\n\n'
    with pytest.raises(InvalidDeckError, match="another cell has the grade_id 'a'"):
        read_text_deck(cell + cell)
    german = cell.replace("tags", 'lang="de" tags')
    english = cell.replace("tags", 'lang="en" tags')
    assert len(read_text_deck(german + english).cells) == 2
    with pytest.raises(InvalidDeckError, match="another cell has"):
        read_text_deck(german + english + cell)


def test_answer_in_text_is_graded():
    assert grading("markdown", (), {"solution": True}).grade
    assert not grading("code", (), {"solution": True}).grade


def test_missing_ids_avoid_taken_ones():
    found = numbered({1: Grading(solution=True), 5: Grading(solution=True, grade_id="graded-1")})
    assert [found[number].grade_id for number in (1, 5)] == ["graded-2", "graded-1"]
