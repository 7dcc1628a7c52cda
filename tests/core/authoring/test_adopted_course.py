"""Courses made from an author's files: sections, topics, assets, and what is not used."""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path

import pytest

from clm.authoring.adopted_course import AdoptedCourse, adopted_course, title_of
from clm.authoring.material import Material, find_material, in_words, natural
from clm.authoring.new_course import NewCourse, refuse_course, write_files
from clm.course.course import Course
from clm.course.syntax.reader import load_spec
from clm.errors import ClmError, UsageError
from clm.starters import ExistingDeck


def adopt(name: str, content: bytes) -> ExistingDeck | None:
    """Files with the suffix `.deck` are decks, unless they are broken."""
    if content == b"broken":
        raise ClmError("it is broken", hint="mend it")
    if not name.endswith(".deck"):
        return None
    options = {"evaluate": False} if content == b"unrun" else {}
    return ExistingDeck(f"slides_{name}", name.split(".")[0], "klingon", options, ("a note",))


def material_of(folder: Path, *names: str, **contents: str) -> Material:
    for name in (*names, *contents):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(contents.get(name, "text"), encoding="utf-8")
    return find_material(folder, [adopt])


def made(folder: Path, material: Material, *, in_place: bool = True) -> AdoptedCourse:
    return adopted_course(NewCourse({"en": "Course"}), folder, material, in_place=in_place)


def loaded(folder: Path, course: AdoptedCourse) -> Course:
    """The course, after its files were written to a folder."""
    texts = {path: text.encode() for path, text in course.texts.items()}
    write_files(folder, {**texts, **course.copies})
    return Course.load(load_spec(folder / "course.yaml"))


def topics(course: Course) -> dict[str, list[str]]:
    return {s.name["en"]: [topic.id for topic in s.topics] for s in course.sections}


def files(course: Course) -> dict[str, list[str]]:
    """The files of each topic."""
    found = (topic for section in course.sections for topic in section.topics)
    return {topic.id: [str(file.topic_path) for file in topic.files] for topic in found}


@pytest.mark.parametrize("in_place", [True, False])
def test_folders_become_sections(tmp_path: Path, in_place: bool) -> None:
    source = tmp_path / "source"
    material = material_of(source, "10_end/a.deck", "02-loops/2.deck", "02-loops/10.deck", "z.deck")
    target = source if in_place else tmp_path / "course"
    course = loaded(target, made(source, material, in_place=in_place))
    assert topics(course) == {"Course": ["z"], "Loops": ["2", "10"], "End": ["a"]}
    assert files(course)["z"] == ["slides_z.deck"]


def test_given_files_stay_as_they_are(tmp_path: Path) -> None:
    source = tmp_path / "source"
    material = material_of(source, "a/x.deck", "a/img/p.png", ".gitignore")
    before = {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in source.rglob("*") if p.is_file()}
    loaded(tmp_path / "course", made(source, material, in_place=False))
    assert {p for p in source.rglob("*") if p.is_file()} == before.keys()
    loaded(source, made(source, material))
    assert {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in before} == before


@pytest.mark.parametrize("in_place", [True, False])
def test_assets_stay_beside_decks(tmp_path: Path, in_place: bool) -> None:
    source = tmp_path / "source"
    names = ("a/x.deck", "a/y.deck", "a/img/p.png", "a/img/deep/q.png", "a/help.py", "a/b/z.deck",
             "a/b/own.csv")  # fmt: skip
    target = source if in_place else tmp_path / "course"
    course = loaded(target, made(source, material_of(source, *names), in_place=in_place))
    shared = ["help.py", "img/deep/q.png", "img/p.png"]
    assert files(course)["x"] == [*shared, "slides_x.deck"]
    assert files(course)["y"] == [*shared, "slides_y.deck"]
    assert files(course)["z"] == ["own.csv", "slides_z.deck"]


def test_whole_folder_is_one_include(tmp_path: Path) -> None:
    names = [f"a/img/{number}.png" for number in range(50)]
    text = made(tmp_path, material_of(tmp_path, "a/x.deck", *names)).texts["course.yaml"]
    assert '{source: "a/img", as: img}' in text and ".png" not in text


@pytest.mark.parametrize("hidden", ["a/img/.env", "a/img/solution.txt", "a/img/deck/z.deck"])
def test_mixed_folder_is_not_included_whole(tmp_path: Path, hidden: str) -> None:
    material = material_of(tmp_path, "a/x.deck", "a/img/p.png", hidden)
    course = loaded(tmp_path, made(tmp_path, material))
    assert files(course)["x"] == ["img/p.png", "slides_x.deck"]


@pytest.mark.parametrize(
    "name",
    ["solutions/x.deck", "a/x_solution.deck", "a/Lösungen/x.deck", "exam/x.deck",
     "instructor/x.deck", "a/answer-key.deck", unicodedata.normalize("NFD", "a/Lösung.deck"),
     "a/SolutionSheet.deck", "a/ex1-lsg.deck", "a/Lösungsblatt.deck", "a/examSolution.deck"],
)  # fmt: skip
def test_decks_for_teachers_are_not_built(tmp_path: Path, name: str) -> None:
    course = made(tmp_path, material_of(tmp_path, "a/first.deck", name))
    assert topics(loaded(tmp_path, course)) == {"A": ["first"]}
    assert any("not for students" in note for note in course.notes)
    assert "enabled: false" in course.texts["course.yaml"]


@pytest.mark.parametrize(
    "name", ["a/keyboard.deck", "a/resolution.deck", "a/example.deck", "a/auflösung.deck"]
)
def test_other_words_are_for_students(tmp_path: Path, name: str) -> None:
    assert "enabled" not in made(tmp_path, material_of(tmp_path, name)).texts["course.yaml"]


def test_unused_files_named_once(tmp_path: Path) -> None:
    names = ("a/x.deck", "README.md", "data/d.csv", "a/solution.csv", ".hidden/y.deck")
    material = material_of(tmp_path, *names, **{"a/b.deck": "broken"})
    said = [note.message for note in in_words(material.unused)]
    assert len(said) == 4
    for name in ("README.md", "data/d.csv", "a/solution.csv", "a/b.deck"):
        assert sum(name in text for text in said) == 1
    assert any("it is broken; mend it" in text for text in said)


def test_link_out_of_folder_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside.deck").write_text("secret")
    source = tmp_path / "source"
    source.mkdir()
    (source / "link.deck").symlink_to(tmp_path / "outside.deck")
    material = material_of(source, "x.deck")
    assert [deck.stem for folder in material.folders for deck in folder.decks] == ["x"]
    assert "leads out" in material.notes[0].message


def test_equal_names_get_different_ids(tmp_path: Path) -> None:
    course = loaded(tmp_path, made(tmp_path, material_of(tmp_path, "a/x.deck", "b/x.deck")))
    assert topics(course) == {"A": ["x"], "B": ["x_2"]}


def test_files_of_one_stem_are_one_topic(tmp_path: Path) -> None:
    material = material_of(tmp_path, "a/x.de.deck", "a/x.en.deck")
    course = loaded(tmp_path, made(tmp_path, material))
    assert files(course) == {"x": ["slides_x.de.deck", "slides_x.en.deck"]}


def test_options_of_deck_are_in_spec(tmp_path: Path) -> None:
    course = made(tmp_path, material_of(tmp_path, "b/y.deck", **{"a/x.deck": "unrun"}))
    assert course.notes == ("a note",)
    found = [t for s in loaded(tmp_path, course).sections for t in s.topics]
    assert {topic.id: topic.spec.options for topic in found} == {"x": {"evaluate": False}, "y": {}}


@pytest.mark.parametrize(
    "name", ['a "b": c.deck', "{x}.deck", "- a #b.deck", "Ü & ß.deck", "no.deck", "1.deck"]
)  # fmt: skip
@pytest.mark.parametrize("in_place", [True, False])
def test_unusual_names(tmp_path: Path, name: str, in_place: bool) -> None:
    source = tmp_path / "source"
    material = material_of(source, f"{name} folder/{name}", f"{name} folder/{name}.png")
    target = source if in_place else tmp_path / "course"
    course = loaded(target, made(source, material, in_place=in_place))
    assert [len(found) for found in files(course).values()] == [2]


def test_no_decks_is_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no decks") as caught:
        material_of(tmp_path, "a.txt", **{"b.deck": "broken"})
    assert "b.deck: it is broken" in str(caught.value.diagnostics[0].hint)


def test_too_many_files_is_usage_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clm.authoring.material._MOST_FILES", 3)
    with pytest.raises(UsageError, match="contains 4 files"):
        material_of(tmp_path, "a.deck", "b", "c", "d")


def test_course_is_not_replaced(tmp_path: Path) -> None:
    material_of(tmp_path, "course.yaml", "a.deck")
    with pytest.raises(UsageError, match="is a course already"):
        refuse_course(tmp_path)


def test_gitignore_of_author_stays(tmp_path: Path) -> None:
    course = made(tmp_path, material_of(tmp_path, "a.deck", ".gitignore"))
    assert ".gitignore" not in course.texts


@pytest.mark.parametrize(
    ("name", "title"),
    [("01-intro", "Intro"), ("week_2", "Week 2"), ("3", "3"), ("10 Über uns", "Über uns")],
)  # fmt: skip
def test_title_of_folder(name: str, title: str) -> None:
    assert title_of(name) == title


def test_natural_order() -> None:
    assert sorted(["b10", "B2", "a", "10", "9"], key=natural) == ["9", "10", "a", "B2", "b10"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipe_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.deck")
    assert len(material_of(tmp_path, "x.deck").folders[0].decks) == 1
