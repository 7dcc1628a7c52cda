"""Dir-groups: folders that are copied beside the sections."""

from __future__ import annotations

from pathlib import Path

import pytest

from clm.course.course import Course
from clm.course.syntax.reader import load_spec
from clm.errors import SpecError

FILES = {
    f"{path}": ""
    for path in (
        "slides/m/topic_100_intro/slides_intro.py",
        "code/README.md",
        "code/a/x.py",
        "code/a/sub/y.py",
        "code/a/__pycache__/x.pyc",
        "code/b/z.py",
    )
}


def copied(course: Course) -> dict[str, list[str]]:
    return {
        group_file.file.course_path: [str(path) for path in group_file.destinations]
        for group_file in course.dir_group_files()
    }


def destinations(make_course, group: str) -> list[str]:
    course = make_course(FILES, more=f"dir-groups: [{group}]\n")
    return [places[0] for places in copied(course).values()]


def test_folder_copied_to_language_roots(make_course) -> None:
    course = make_course(
        FILES, more="dir-groups: [{name: {de: Beispiele, en: Examples}, path: code/b}]\n"
    )
    assert copied(course) == {
        "code/b/z.py": ["public/De/Kurs/Beispiele/z.py", "public/En/Course/Examples/z.py"]
    }


def test_whole_folder_copied_without_subdirs(make_course) -> None:
    assert destinations(make_course, "{name: C, path: code}") == [
        "public/De/Kurs/C/README.md",
        "public/De/Kurs/C/a/sub/y.py",
        "public/De/Kurs/C/a/x.py",
        "public/De/Kurs/C/b/z.py",
    ]


def test_data_folder_root_files_copied(make_course) -> None:
    group = '{name: C, path: ".", subdirs: [code/b], include-root-files: true}'
    course = make_course(FILES | {"LICENSE": ""}, more=f"dir-groups: [{group}]\n")
    assert copied(course)["LICENSE"][0] == "public/De/Kurs/C/LICENSE"


def test_only_listed_subdirs_copied(make_course) -> None:
    assert destinations(make_course, "{name: C, path: code, subdirs: [b]}") == [
        "public/De/Kurs/C/b/z.py"
    ]


def test_root_files_copied_on_request(make_course) -> None:
    group = "{name: C, path: code, subdirs: [b], include-root-files: true}"
    assert destinations(make_course, group) == [
        "public/De/Kurs/C/README.md",
        "public/De/Kurs/C/b/z.py",
    ]


def test_non_recursive_copies_root_files(make_course) -> None:
    group = "{name: C, path: code, recursive: false, include-root-files: true}"
    assert destinations(make_course, group) == ["public/De/Kurs/C/README.md"]


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("''", "z.py"),
        ("Code/Solutions", "Code/Solutions/z.py"),
        ("./Code//v1.2/", "Code/v1.2/z.py"),
        ("../../x", "_/_/x/z.py"),
        ("/etc", "etc/z.py"),
        ("'a:b?'", "ab/z.py"),
    ],
)
def test_group_name_stays_below_root(make_course, name: str, place: str) -> None:
    group = f"{{name: {name}, path: code/b}}"
    assert destinations(make_course, group) == [f"public/De/Kurs/{place}"]


def test_shared_file_listed_once(make_course) -> None:
    group = "{name: A, path: code/b}, {name: B, path: code/b}, {name: A, path: code/b}"
    course = make_course(FILES, more=f"dir-groups: [{group}]\nlanguages: [de]\n")
    assert copied(course) == {
        "code/b/z.py": ["public/De/Kurs/A/z.py", "public/De/Kurs/B/z.py"],
    }


def test_groups_in_topics_and_sections(make_course) -> None:
    course = make_course(
        FILES,
        "[{id: intro, dir-groups: [{name: T, path: code/a, recursive: false,"
        " include-root-files: true}]}]",
        "    dir-groups: [{name: S, path: code/b}]\nlanguages: [de]\n",
    )
    assert sorted(copied(course)) == ["code/a/x.py", "code/b/z.py"]


def test_speaker_only_targets_excluded(make_course) -> None:
    course = make_course(
        FILES,
        more="dir-groups: [{name: C, path: code/b}]\n"
        "output-targets: [{path: s, kinds: [speaker]}, {path: p, languages: [en]}]\n",
    )
    assert copied(course) == {"code/b/z.py": ["p/En/Course/C/z.py"]}


def test_group_behind_external_symlink_skipped(
    make_course, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    outside = tmp_path_factory.mktemp("elsewhere")
    (outside / "secret").touch()
    (tmp_path / "code").symlink_to(outside)
    course = make_course(
        {"slides/m/topic_100_intro/a.py": ""}, more="dir-groups: [{name: C, path: code}]\n"
    )
    assert course.dir_group_files() == ()
    assert course.warnings[0].place.file == "code"


def test_lang_restricts_dir_group(make_course) -> None:
    assert copied(make_course(FILES, more="dir-groups: [{name: C, path: code/b, lang: de}]\n")) == {
        "code/b/z.py": ["public/De/Kurs/C/z.py"]
    }


def test_group_of_two_languages_copied_to_both(make_course) -> None:
    groups = "[{name: C, path: code/b, lang: de}, {name: D, path: code/b, lang: en}]"
    course = make_course(FILES, more=f"dir-groups: {groups}\n")
    assert copied(course) == {"code/b/z.py": ["public/De/Kurs/C/z.py", "public/En/Course/D/z.py"]}


def test_unknown_lang_refused(make_course) -> None:
    with pytest.raises(SpecError) as caught:
        make_course(FILES, more="dir-groups: [{name: C, path: code/b, lang: dee}]\n")
    (problem,) = caught.value.problems
    assert problem.place is not None
    assert problem.place.line == 5
    assert problem.excerpt == "dee"
    assert problem.hint is not None
    assert "'de'" in problem.hint


def test_lang_attribute_in_xml(write_spec, tmp_path: Path) -> None:
    for name in FILES:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    text = (
        "<course><name><de>Kurs</de><en>Course</en></name><sections><section>"
        "<name><de>W</de><en>W</en></name><topics><topic>intro</topic></topics>"
        "</section></sections><dir-groups>"
        '<dir-group lang="en"><name>C</name><path>code/b</path></dir-group>'
        "</dir-groups></course>"
    )
    course = Course.load(load_spec(write_spec(text, "course.xml")))
    assert copied(course) == {"code/b/z.py": ["public/En/Course/C/z.py"]}
