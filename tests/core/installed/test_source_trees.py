"""Digests of source trees, and when they are read again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from clm.installed import project_digest, source_trees, tree_digest


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "module.py").write_text("x = 1")
    return folder


def refuse(*_: object) -> str:
    raise AssertionError("read again")


def test_unchanged_tree_not_read_again(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = project_digest(project, tmp_path)
    monkeypatch.setattr(source_trees, "_content", refuse)
    assert project_digest(project, tmp_path) == first


def test_touched_tree_has_same_digest(project: Path, tmp_path: Path) -> None:
    first = project_digest(project, tmp_path)
    os.utime(project / "src" / "module.py", (1, 1))
    assert project_digest(project, tmp_path) == first


@pytest.mark.parametrize("change", ["edited", "added", "removed", "renamed"])
def test_change_of_tree_alters_digest(project: Path, tmp_path: Path, change: str) -> None:
    first = project_digest(project, tmp_path)
    module = project / "src" / "module.py"
    if change == "edited":
        module.write_text("x = 22")
    elif change == "added":
        (project / "src" / "data.csv").write_text("")
    elif change == "removed":
        module.unlink()
    else:
        module.rename(project / "src" / "other.py")
    assert project_digest(project, tmp_path) != first


@pytest.mark.parametrize("name", ["build", "dist", "docs", "tests"])
def test_parts_of_projects_not_in_digest(project: Path, tmp_path: Path, name: str) -> None:
    (project / "src" / name).mkdir()
    first = project_digest(project, tmp_path)
    (project / "src" / name / "part.py").write_text("y = 1")
    assert project_digest(project, tmp_path) != first
    (project / name).mkdir()
    second = project_digest(project, tmp_path)
    (project / name / "part.py").write_text("y = 1")
    assert project_digest(project, tmp_path) == second


@pytest.mark.parametrize("text", ["", "[]", "{", '{"PLACE": ["x"]}', '{"PLACE": 3}'])
def test_damaged_cache_ignored(project: Path, tmp_path: Path, text: str) -> None:
    first = project_digest(project, tmp_path)
    (tmp_path / "sources.json").write_text(text.replace("PLACE", project.as_posix()))
    assert project_digest(project, tmp_path) == first


def test_unwritable_cache_is_no_error(project: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert project_digest(project, tmp_path / "file") == project_digest(project, tmp_path)


def test_removed_projects_leave_cache(project: Path, tmp_path: Path) -> None:
    project_digest(project, tmp_path)
    other = project.rename(tmp_path / "moved")
    project_digest(other, tmp_path)
    assert str(project) not in (tmp_path / "sources.json").read_text().replace("moved", "")


def test_whole_tree_in_digest(project: Path, tmp_path: Path) -> None:
    first = tree_digest(project, tmp_path)
    (project / "tests").mkdir()
    (project / "tests" / "part.py").write_text("y = 1")
    second = tree_digest(project, tmp_path)
    assert second != first
    (project / "__pycache__").mkdir()
    (project / "__pycache__" / "part.pyc").write_bytes(b"compiled")
    assert tree_digest(project, tmp_path) == second
