"""The kept tree of a course spec."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clm.course.syntax import reader
from clm.course.syntax.kept_tree import keep_tree, kept_tree
from clm.course.syntax.yaml_tree import read_yaml

SPEC = """\
name: {de: Kurs, en: Course}
sections:
  - name: {de: Eins, en: One}
    topics: [intro, "12", yes, 12, 1.5, ~, &x [a, b], *x]
"""
# A key of YAML has at most 1024 characters on its line, of which each here takes up to twelve.
TEXTS = st.text(max_size=80)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**17), 10**17) | st.floats() | TEXTS,
    lambda parts: st.lists(parts, max_size=4) | st.dictionaries(TEXTS, parts, max_size=4),
)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "spec-tree.json"


def test_tree_read_back(kept: Path) -> None:
    tree = read_yaml(SPEC, "a.yaml")
    assert tree is not None
    keep_tree(kept, SPEC, tree)
    assert kept_tree(kept, SPEC, "a.yaml") == tree


@given(VALUES)
@example({"\U00010000": None})
@example({"\U00010000" * 80: None})
def test_any_tree_read_back(tmp_path_factory: pytest.TempPathFactory, value: object) -> None:
    text = json.dumps(value, indent=0)  # which is YAML too, in lines of the length that a spec has
    tree = read_yaml(text, "a.yaml")
    assert tree is not None
    kept = tmp_path_factory.getbasetemp() / "tree.json"
    keep_tree(kept, text, tree)
    assert kept_tree(kept, text, "a.yaml") in (tree, None)


def test_other_text_has_no_tree(kept: Path) -> None:
    tree = read_yaml(SPEC, "a.yaml")
    assert tree is not None
    keep_tree(kept, SPEC, tree)
    assert kept_tree(kept, SPEC + " ", "a.yaml") is None


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "{",
        "[]",
        "tree-1",
        '{"of": "OF"}',
        '{"of": "OF", "tree": 3}',
        "\udc80",
        pytest.param("[" * 100_000, id="deep"),
    ],
)
def test_damaged_file_ignored(kept: Path, damage: str) -> None:
    tree = read_yaml(SPEC, "a.yaml")
    assert tree is not None
    keep_tree(kept, SPEC, tree)
    of = json.loads(kept.read_bytes())["of"]
    kept.write_bytes(damage.replace("OF", of).encode("utf-8", "surrogateescape"))
    assert kept_tree(kept, SPEC, "a.yaml") is None


def test_kept_spec_not_parsed(tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = tmp_path / "course.yaml"
    spec.write_text("name: Kurs\nsections: []\n")
    first = reader.read_spec(spec, kept)
    monkeypatch.delattr("clm.course.syntax.yaml_tree.read_yaml")
    assert reader.read_spec(spec, kept) == first


def test_nothing_kept_without_folder(tmp_path: Path) -> None:
    tree = read_yaml(SPEC, "a.yaml")
    assert tree is not None
    keep_tree(tmp_path / "none" / "tree.json", SPEC, tree)
    assert list(tmp_path.iterdir()) == []
