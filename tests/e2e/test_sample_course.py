"""The sample course of the README, built by the installed program."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import nbformat
import pytest

pytestmark = pytest.mark.e2e

DECKS_BY_SECTION = {"Woche 1 Erste Schritte": 2, "Woche 2 Programme": 3}


def outputs(course: Path) -> dict[Path, tuple[int, bytes]]:
    """Every file of the output tree with its modification time and content."""
    root = course / "output"
    files = (path for path in sorted(root.rglob("*")) if path.is_file())
    return {p.relative_to(root): (p.stat().st_mtime_ns, p.read_bytes()) for p in files}


def test_cold_build_succeeds_without_warnings(built_sample):
    _, result = built_sample
    assert (result.returncode, result.stderr) == (0, "")
    assert "9 built, 0 from cache, 0 skipped, 0 failed" in result.stdout


def test_each_deck_gives_14_files(built_sample):
    course, _ = built_sample
    decks = [path for path in outputs(course) if path.name[:3] in ("01 ", "02 ", "03 ")]
    of_kind = Counter((path.parts[4], path.parts[5]) for path in decks)
    assert len(decks) == 14 * 5
    assert of_kind == {
        **{(folder, kind): 10 for folder in ("Html", "Notebooks") for kind in KINDS},
        ("Python", "Completed"): 10,
    }


KINDS = ("Code-Along", "Completed", "Speaker")


def test_decks_numbered_per_section(built_sample):
    course, _ = built_sample
    pages = course / "output" / "public" / "De" / "Python kompakt" / "Folien" / "Html" / "Completed"
    numbers = {
        section: sorted(int(page.name[:2]) for page in (pages / section).glob("*.html"))
        for section in DECKS_BY_SECTION
    }
    assert numbers == {name: list(range(1, n + 1)) for name, n in DECKS_BY_SECTION.items()}


@pytest.mark.parametrize(
    ("section", "asset"),
    [
        ("Week 1 First Steps", "img/list_index.png"),
        ("Week 1 First Steps", "img/dialogue.svg"),
        ("Week 1 First Steps", "img/loop.en.png"),
        ("Week 2 Programs", "img/rows.png"),
        ("Week 2 Programs", "data/temperatures.csv"),
        ("Week 2 Programs", "geometry.py"),
    ],
)
def test_assets_beside_every_variant(built_sample, section, asset):
    course, _ = built_sample
    found = [path for path in outputs(course) if path.as_posix().endswith(f"{section}/{asset}")]
    assert len(found) == 7  # html and notebook in three kinds each, code in one


@pytest.mark.parametrize("picture", ["stockwerke.de.png", "loop.de.png"])
def test_german_pictures_only_in_german(built_sample, picture):
    course, _ = built_sample
    found = [path for path in outputs(course) if path.name == picture]
    assert {path.parts[1] for path in found} == {"De"}
    assert len(found) == 7


def test_diagrams_converted_not_copied(built_sample):
    course, _ = built_sample
    files = outputs(course)
    drawn = {"loop.de.png", "loop.en.png", "rows.png", "stockwerke.de.png"}
    pictures = [content for path, (_, content) in files.items() if path.name in drawn]
    assert len(pictures) == 2 * 7 + 7 + 14
    assert all(content.startswith(b"\x89PNG") for content in pictures)
    assert not [path for path in files if path.suffix in (".pu", ".iuml", ".drawio")]


def test_code_along_omits_cell_output(built_sample):
    course, _ = built_sample
    pages = {
        path.parts[5]: content.decode()
        for path, (_, content) in outputs(course).items()
        if path.name == "02 Reading Files.html"
    }
    assert "output_stdout" in pages["Completed"]
    assert "output_stdout" not in pages["Code-Along"]


def test_notes_only_for_speaker(built_sample):
    course, _ = built_sample
    with_notes = {
        path.parts[0]
        for path, (_, content) in outputs(course).items()
        if b"background:yellow" in content or b"background: yellow" in content
    }
    assert with_notes == {"speaker"}


def test_notebooks_valid_without_outputs(built_sample):
    course, _ = built_sample
    notebooks = list((course / "output").rglob("*.ipynb"))
    for path in notebooks:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
        assert not any(cell.get("outputs") for cell in notebook.cells)
    assert len(notebooks) == 2 * 3 * 5


def test_second_build_changes_nothing(built_sample, clm):
    course, _ = built_sample
    before = outputs(course)
    logs = set((course / ".clm" / "logs").iterdir())
    result = clm("build", course / "course.yaml")
    assert "0 built, 0 from cache, 9 skipped, 0 failed\n    0 files written" in result.stdout
    assert outputs(course) == before
    assert set((course / ".clm" / "logs").iterdir()) == logs


def test_deleted_outputs_restored_from_cache(built_sample, clm):
    course, _ = built_sample
    before = outputs(course)
    victims = [course / "output" / path for path in before if path.suffix == ".html"][:3]
    for victim in victims:
        victim.unlink()
    result = clm("build", course / "course.yaml", "--json")
    summary = json.loads(result.stdout.splitlines()[-1])
    assert (summary["built"], summary["files_written"]) == (0, 3)
    assert {p: content for p, (_, content) in outputs(course).items()} == {
        p: content for p, (_, content) in before.items()
    }


def test_inline_backend_writes_same_files(built_sample, clm, tmp_path):
    course, _ = built_sample
    result = clm(
        "build",
        course / "course.yaml",
        "--backend",
        "inline",
        "--db-path",
        tmp_path / "jobs.db",
        "-o",
        tmp_path / "inline",
    )
    assert result.returncode == 0, result.stderr
    inline = {
        path.relative_to(tmp_path / "inline"): path.read_bytes()
        for path in (tmp_path / "inline").rglob("*")
        if path.is_file()
    }
    assert inline == {path: content for path, (_, content) in outputs(course).items()}


def test_no_temporary_files_left(built_sample):
    course, _ = built_sample
    assert list((course / ".clm" / "work").rglob("*")) == []
    assert not list((course / "output").rglob("*.clm-tmp"))
