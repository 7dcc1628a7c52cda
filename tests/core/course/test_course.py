"""The course on disk: topics, their files, and problems with them."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from clm.course.course import Course, Topic
from clm.course.syntax.reader import load_spec
from clm.course.topics import topic_id
from clm.errors import Diagnostic, Severity, SpecError

INTRO = "slides/module_100_basics/topic_100_intro"
DECK = {f"{INTRO}/slides_intro.py": "x"}
needs_rights = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything"
)


def topic(course: Course) -> Topic:
    return course.sections[0].topics[0]


def names(course: Course) -> list[str]:
    return [str(file.topic_path) for file in topic(course).files]


def problems(make, *args, **kwargs) -> tuple[Diagnostic, ...]:
    with pytest.raises(SpecError) as caught:
        make(*args, **kwargs)
    return caught.value.problems


@pytest.mark.parametrize(
    ("name", "is_folder", "expected"),
    [
        ("topic_100_a_b", True, "a_b"),
        ("topic_100_a_b.py", False, "a_b"),
        ("topic_100_a.de.py", False, "a.de"),
        ("topic_100_v1.2", True, "v1.2"),
        ("topic_100", True, ""),
        ("img", True, ""),
    ],
)
def test_topic_id_from_name(name: str, is_folder: bool, expected: str) -> None:
    assert topic_id(name, is_folder=is_folder) == expected


def test_folder_topic_files_sorted(make_course) -> None:
    course = make_course(
        {f"{INTRO}/{name}": "" for name in ("slides_b.py", "img/z.png", "img/a.png", "B.txt")}
    )
    assert names(course) == ["B.txt", "img/a.png", "img/z.png", "slides_b.py"]
    assert topic(course).files[1].course_path == f"{INTRO}/img/a.png"
    assert topic(course).files[1].path.is_file()


@pytest.mark.parametrize(
    "skipped",
    [
        "__pycache__/x.py",
        ".git/config",
        ".venv/x.py",
        "node_modules/x.js",
        ".ipynb_checkpoints/x.ipynb",
        "build/x",
        "sub/dist/x",
        "obj/x",
        "bin/x",
        "target/x",
        "out/x",
        "x.egg-info/PKG-INFO",
        "cmake-build-debug/x",
        ".clm/x.db",
        ".DS_Store",
        "slides_intro.py~",
        "slides_intro.py.orig",
        "~$slides.docx",
        ".~lock.slides.odt#",
        "_drafts/slides_draft.py",
        "sub/_archive/old.csv",
        "x.pyc",
    ],
)
def test_non_source_files_skipped(make_course, skipped: str) -> None:
    assert names(make_course(DECK | {f"{INTRO}/{skipped}": ""})) == ["slides_intro.py"]


@pytest.mark.parametrize(
    "name",
    [
        "slides_intro (Ada's conflicted copy 2027-01-31).py",
        "slides_intro.sync-conflict-20270131-101112-ABCDEFG.py",
        "slides_intro_conflict-20270131-101112.py",
        "slides_intro_REMOTE_4711.py",
    ],
)
def test_conflict_copy_skipped_with_warning(make_course, name: str) -> None:
    course = make_course(DECK | {f"{INTRO}/{name}": ""})
    assert names(course) == ["slides_intro.py"]
    (warning,) = course.warnings
    assert warning.message == "conflict copy; skipped"
    assert warning.place is not None and warning.place.file.endswith(name)


@pytest.mark.parametrize("above", ["build", "out", "dist", "bin", "obj", "target", ".venv", ".git"])
def test_course_below_skipped_name_found(tmp_path: Path, above: str) -> None:
    root = tmp_path / above / "course"
    (root / INTRO).mkdir(parents=True)
    (root / INTRO / "slides_intro.py").touch()
    (root / "course.yaml").write_text("name: K\nsections: [{name: W, topics: [intro]}]")
    assert names(Course.load(load_spec(root / "course.yaml"))) == ["slides_intro.py"]


@pytest.mark.parametrize("module", ["build", "bin", "out"])
def test_module_with_skipped_name_found(make_course, module: str) -> None:
    assert names(make_course({f"slides/{module}/topic_100_intro/a.py": ""})) == ["a.py"]


def test_file_topic_has_companions(make_course) -> None:
    module = "slides/module_100_basics"
    course = make_course(
        {
            f"{module}/topic_100_intro.py": 'import helper\n# <img src="img/a.png">',
            f"{module}/helper.py": "",
            f"{module}/img/a.png": "",
            f"{module}/img/b.png": "",
        }
    )
    assert names(course) == ["helper.py", "img/a.png", "topic_100_intro.py"]
    assert topic(course).path.name == "topic_100_intro.py"


def test_disabled_sections_not_counted(make_course) -> None:
    more = "  - {name: X, enabled: false}\n  - {name: Y, topics: [more]}\n"
    course = make_course(DECK | {"slides/m/topic_1_more.py": ""}, more=more)
    assert [(s.index, s.name["de"], len(s.topics)) for s in course.sections] == [
        (1, "Woche", 1),
        (2, "Y", 1),
    ]


def test_underscore_names_ignored(make_course) -> None:
    parked = {"slides/_old/topic_100_intro/a.py": "", "slides/m/_topic_100_intro/a.py": ""}
    assert names(make_course(DECK | parked)) == ["slides_intro.py"]


def test_unknown_topic_suggests_nearest(make_course, tmp_path: Path) -> None:
    (problem,) = problems(make_course, DECK, "[into]")
    assert problem.message == f"topic not found: 'into' (looked in slides/*/ in {tmp_path})"
    assert (problem.place.line, problem.place.column, problem.excerpt) == (4, 14, "into")
    assert problem.hint == "did you mean 'intro'?"


def test_all_missing_paths_reported_together(make_course) -> None:
    more = "dir-groups: [{name: x, path: code}, {name: y, path: slides, subdirs: [z]}]\n"
    found = problems(make_course, DECK, "[xyz, abc]", more)
    assert [problem.excerpt for problem in found] == ["xyz", "abc", "code", "slides/z"]
    assert [problem.place.line for problem in found] == [4, 4, 5, 5]


def test_ambiguous_topic_rejected(make_course) -> None:
    twice = DECK | {"slides/module_200/topic_300_intro.py": ""}
    (problem,) = problems(make_course, twice)
    assert "module_100_basics/topic_100_intro" in problem.message
    assert "module_200/topic_300_intro.py" in problem.message
    assert problem.hint == "choose one with module: module_100_basics or module_200"


def test_topic_module_resolves_ambiguity(make_course) -> None:
    twice = DECK | {"slides/module_200/topic_300_intro.py": ""}
    course = make_course(twice, "[{id: intro, module: module_200}]")
    assert names(course) == ["topic_300_intro.py"]


def test_section_module_resolves_ambiguity(make_course) -> None:
    twice = DECK | {"slides/module_200/topic_300_intro.py": ""}
    course = make_course(twice, more="    module: module_200\n")
    assert names(course) == ["topic_300_intro.py"]


def test_unused_duplicate_topics_allowed(make_course) -> None:
    others = {"slides/a/topic_1_x.py": "", "slides/b/topic_1_x.py": ""}
    assert names(make_course(DECK | others)) == ["slides_intro.py"]


def test_unknown_module_rejected(make_course) -> None:
    (problem,) = problems(make_course, DECK, "[{id: intro, module: module_100_basic}]")
    assert problem.excerpt == "module_100_basic"
    assert problem.hint == "did you mean 'module_100_basics'?"


# ------------------------------------------------------------------------------ the data folder


@pytest.mark.parametrize("place", ["course.yaml", "course-specs/course.yaml"])
def test_data_folder_found_by_slides(tmp_path: Path, place: str) -> None:
    (tmp_path / INTRO).mkdir(parents=True)
    path = tmp_path / place
    path.parent.mkdir(exist_ok=True)
    path.write_text("name: K\nsections: [{name: W, topics: [intro]}]")
    assert Course.load(load_spec(path)).data_dir == tmp_path


def test_explicit_data_folder_used(tmp_path: Path, write_spec) -> None:
    (tmp_path / "elsewhere" / INTRO).mkdir(parents=True)
    spec = load_spec(write_spec("name: K\nsections: [{name: W, topics: [intro]}]"))
    assert Course.load(spec, tmp_path / "elsewhere").data_dir == tmp_path / "elsewhere"


def test_relative_spec_in_sibling_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write_spec
) -> None:
    (tmp_path / INTRO).mkdir(parents=True)
    write_spec("name: K\nsections: [{name: W, topics: [intro]}]", "specs/c.yaml")
    monkeypatch.chdir(tmp_path / "slides")
    assert Course.load(load_spec(Path("../specs/c.yaml"))).data_dir == tmp_path


def test_missing_slides_reported(write_spec, tmp_path: Path) -> None:
    path = write_spec("name: K\nsections: [{name: W, topics: [intro]}]")
    (problem,) = problems(Course.load, load_spec(path))
    assert "no folder 'slides'" in problem.message
    assert str(tmp_path) in problem.message
    assert problem.place.file == str(path)


def test_missing_data_folder_reported(write_spec, tmp_path: Path) -> None:
    spec = load_spec(write_spec("name: K\nsections: [{name: W, topics: [intro]}]"))
    (problem,) = problems(Course.load, spec, tmp_path / "nowhere")
    assert problem.place.file == str(tmp_path / "nowhere")


# ------------------------------------------------------------------------------ links and rights


def test_external_symlink_skipped_with_warning(
    make_course, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    secret = tmp_path_factory.mktemp("elsewhere") / "secret"
    secret.write_text("secret")
    (tmp_path / INTRO).mkdir(parents=True)
    (tmp_path / INTRO / "file").symlink_to(secret)
    (tmp_path / INTRO / "folder").symlink_to(secret.parent)
    course = make_course(DECK)
    assert names(course) == ["slides_intro.py"]
    assert [warning.place.file for warning in course.warnings] == [
        f"{INTRO}/file",
        f"{INTRO}/folder",
    ]


@pytest.mark.parametrize("link", ["slides", "slides/module_1", "slides/module_1/topic_1_intro"])
def test_topics_behind_external_symlink_ignored(
    make_course, tmp_path_factory: pytest.TempPathFactory, tmp_path: Path, link: str
) -> None:
    outside = tmp_path_factory.mktemp("elsewhere")
    (outside / "module_1" / "topic_1_intro" / "topic_1_intro").mkdir(parents=True)
    depth = {"slides": outside, "slides/module_1": outside / "module_1"}
    (tmp_path / link).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / link).symlink_to(depth.get(link, outside / "module_1" / "topic_1_intro"))
    (problem,) = problems(make_course, {})
    assert problem.excerpt == "intro"


def test_internal_symlink_followed(make_course, tmp_path: Path) -> None:
    (tmp_path / INTRO).mkdir(parents=True)
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "x.txt").touch()
    (tmp_path / INTRO / "data").symlink_to(tmp_path / "shared")
    assert names(make_course(DECK)) == ["data/x.txt", "slides_intro.py"]


def test_circular_symlinks_do_not_hang(make_course, tmp_path: Path) -> None:
    (tmp_path / INTRO / "a").mkdir(parents=True)
    (tmp_path / INTRO / "a" / "up").symlink_to(tmp_path / INTRO)
    course = make_course(DECK)
    assert names(course) == ["slides_intro.py"]
    assert "a folder that contains it" in course.warnings[0].message


@pytest.mark.parametrize("target", ["nowhere", "link"])
def test_dangling_symlink_reported(make_course, tmp_path: Path, target: str) -> None:
    (tmp_path / INTRO).mkdir(parents=True)
    (tmp_path / INTRO / "link").symlink_to(target)
    course = make_course(DECK)
    assert names(course) == ["slides_intro.py"]
    (problem,) = course.left_out
    assert "broken link" in problem.message
    assert problem.place.file == f"{INTRO}/link"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_special_file_skipped_with_warning(make_course, tmp_path: Path) -> None:
    (tmp_path / INTRO).mkdir(parents=True)
    os.mkfifo(tmp_path / INTRO / "pipe")
    course = make_course(DECK)
    assert names(course) == ["slides_intro.py"]
    assert course.warnings[0].place.file == f"{INTRO}/pipe"


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_non_utf8_names_left_out(make_course, tmp_path: Path) -> None:
    (tmp_path / INTRO).mkdir(parents=True)
    for name in (b"\xfc.txt", b"\xe4"):
        (tmp_path / INTRO / os.fsdecode(name)).touch()
    course = make_course(DECK)
    (problem,) = course.left_out
    assert (problem.place.file, problem.severity) == (INTRO, Severity.ERROR)
    assert problem.message.endswith(r"left out: '\xe4', '\xfc.txt'")
    assert [file.topic_path.name for file in course.all_files()] == ["slides_intro.py"]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_non_utf8_course_path_is_error(tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"k\xfcrs")
    (folder / "slides").mkdir(parents=True)
    (folder / "course.yaml").write_text("name: C\nsections: [{name: W, topics: [a]}]\n")
    with pytest.raises(SpecError, match=r"not UTF-8: '.*k\\xfcrs'"):
        Course.load(load_spec(folder / "course.yaml"))


@needs_rights
def test_unreadable_paths_left_out(make_course, tmp_path: Path) -> None:
    (tmp_path / INTRO / "closed").mkdir(parents=True)
    (tmp_path / INTRO / "file").touch()
    (tmp_path / INTRO / "file").chmod(0)
    (tmp_path / INTRO / "closed").chmod(0)
    course = make_course(DECK)
    (tmp_path / INTRO / "closed").chmod(0o755)
    places = [problem.place.file for problem in course.left_out]
    assert places == [f"{INTRO}/closed", f"{INTRO}/file"]
    assert names(course) == ["slides_intro.py"]


# ------------------------------------------------------------------------------ other files


def test_templates_are_listed(make_course) -> None:
    course = make_course(DECK | {"templates/sub/x.j2": "", "templates/macros.j2": ""})
    assert [str(file.topic_path) for file in course.templates()] == ["macros.j2", "sub/x.j2"]


def test_templates_are_optional(make_course) -> None:
    assert make_course(DECK).templates() == ()


def test_course_keeps_spec_warnings(make_course) -> None:
    course = make_course(DECK, more="tasks: [x]\n")
    assert course.warnings == course.spec.warnings != ()


def test_included_file_is_part(make_course) -> None:
    course = make_course(
        {
            "slides/m/topic_100_intro.py": '# j2 include "topic_110_part.py"\n',
            "slides/m/topic_110_part.py": "# %% [markdown]\n# the solution\n",
        }
    )
    files = course.sections[0].topics[0].files
    assert {str(f.topic_path): f.is_part for f in files} == {
        "topic_100_intro.py": False,
        "topic_110_part.py": True,
    }


def test_topic_prefix_wins(make_course) -> None:
    course = make_course({"slides/m/topic_100_intro.py": "", "slides/m/ws_100_intro.py": ""})
    (topic,) = course.sections[0].topics
    assert topic.path.name == "topic_100_intro.py"
