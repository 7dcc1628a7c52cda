"""The folders and files whose states tell that a course is the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from clm.builder.unchanged.clock import Clock
from clm.builder.unchanged.sources import changed_folders, sources_of
from clm.course.course import Course
from clm.course.syntax.reader import load_spec

SPEC = """\
name: {de: K, en: C}
theme: {logo: {light: art/logo.png}}
sections:
- name: {de: W, en: V}
  topics:
  - id: one
    includes:
    - {source: shared/part.py}
    - {source: shared/more, as: more}
    - {source: later/maybe.py, optional: true}
  - single
"""
FILES = {
    "slides/module_1/topic_100_one/slides_1.py": "# %%\n1\n",
    "slides/module_1/topic_200_single.py": "# ![p](img/p.png)\nimport helper\n",
    "slides/module_1/img/other.png": "png",
    "shared/part.py": "1",
    "shared/more/a.csv": "1",
    "art/logo.png": "\x89PNG\r\n",
}


@pytest.fixture
def course(tmp_path: Path, trusted: None) -> Course:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("latin-1"))
    (tmp_path / "course.yaml").write_text(SPEC)
    return Course.load(load_spec(tmp_path / "course.yaml"))


def write(name: str) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("new")

    return change


CHANGES: dict[str, Callable[[Path], object]] = {
    "optional include": write("later/maybe.py"),
    "included file": write("shared/part.py"),
    "file in an included folder": write("shared/more/b.csv"),
    "image of a single file": write("slides/module_1/img/p.png"),
    "module of a single file": write("slides/module_1/helper.py"),
    "topic": write("slides/module_1/topic_300_one/slides.py"),
    "module": write("slides/module_2/topic_300_one/slides.py"),
    "logo": write("art/logo.png"),
    "templates": write("templates/macros.j2"),
    "deck in a new folder": write("slides/module_1/topic_100_one/deep/er/slides_2.py"),
    "removed include": lambda folder: (folder / "shared" / "part.py").unlink(),
}


def test_unchanged_course_is_same(course: Course) -> None:
    sources = sources_of(course, Clock.now())
    assert sources is not None and not changed_folders(sources)


@pytest.mark.parametrize("change", CHANGES)
def test_changed_course_is_other(course: Course, change: str) -> None:
    sources = sources_of(course, Clock.now())
    CHANGES[change](course.data_dir)
    try:
        same = not changed_folders(sources)
    except FileNotFoundError:
        same = False
    assert not same


def test_outputs_do_not_matter(course: Course) -> None:
    sources = sources_of(course, Clock.now())
    write("output/public/page.html")(course.data_dir)
    write(".clm/clm_jobs.db")(course.data_dir)
    assert not changed_folders(sources)


def test_overridden_include_matters(course: Course) -> None:
    own = course.data_dir / "slides/module_1/topic_100_one/part.py"
    own.write_text("1")
    course = Course.load(course.spec)
    sources = sources_of(course, Clock.now())
    (course.data_dir / "shared/part.py").write_text("2")  # now a warning: they differ
    assert changed_folders(sources)


def test_links_around_single_files_unclear(course: Course) -> None:
    link = course.data_dir / "slides/module_1/pictures"
    link.symlink_to(course.data_dir / "art", target_is_directory=True)
    assert sources_of(Course.load(course.spec), Clock.now()) is None


def test_names_in_other_forms_unclear(course: Course) -> None:
    spec = course.spec.path
    spec.write_text(SPEC.replace("later/maybe", "sp\N{LATIN SMALL LETTER A WITH DIAERESIS}ter/x"))
    assert sources_of(Course.load(load_spec(spec)), Clock.now()) is None
