"""Random edits of a watched course, whose outputs then equal those of a clean build."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from course_folder import CourseFolder
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from watching import TREES, Watching

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


@pytest.fixture(params=TREES)
def course(request: pytest.FixtureRequest, course: CourseFolder) -> CourseFolder:
    course.output_targets = request.param
    return course


TOPICS = ("intro", "loops", "ends")
# No two topics have files of the same name: their outputs would collide.
NAMES = ("{}-a.shout", "{}-b.shout", "{}.gen", "{}-data.csv", "sub/{}-c.shout", "sub/{}-deep.txt")
TEXTS = ("one\n", "two\n", "three!\n", "!error no\n", "!needs {}.made\nfour\n", "")

Edit = Callable[[CourseFolder], None]


def folder_of(course: CourseFolder, topic: str) -> Path:
    return course.path / "slides" / "module_100_tests" / f"topic_100_{topic}"


def path_of(course: CourseFolder, topic: str, name: str) -> Path:
    return folder_of(course, topic) / name.format(topic)


def write(course: CourseFolder, topic: str, name: str, text: str, how: str) -> None:
    path = path_of(course, topic, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = text.format(topic)
    if how == "rename":
        temporary = path.with_name(f".{path.name}.new")
        temporary.write_text(text)
        temporary.replace(path)
        return
    if how == "twice":
        path.write_text(text[::-1])
    path.write_text(text)


def remove(course: CourseFolder, topic: str, name: str) -> None:
    path_of(course, topic, name).unlink(missing_ok=True)


def remove_folder(course: CourseFolder, topic: str) -> None:
    shutil.rmtree(folder_of(course, topic) / "sub", ignore_errors=True)


def rename(course: CourseFolder, topic: str, name: str, new: str) -> None:
    old, target = path_of(course, topic, name), path_of(course, topic, new)
    if old.exists() and old.suffix == target.suffix:
        target.parent.mkdir(parents=True, exist_ok=True)
        old.replace(target)


def use(course: CourseFolder, topics: list[str]) -> None:
    course._topics = dict.fromkeys([*topics, "last"])
    course.write_spec()


def repair(course: CourseFolder) -> None:
    """Repair all failing sources: they keep old outputs, which a clean build does not have."""
    for topic in TOPICS:
        has_made = path_of(course, topic, "{}.gen").exists()
        for path in folder_of(course, topic).rglob("*.*"):
            text = path.read_text() if path.suffix in (".gen", ".shout") else ""
            if "!needs" in text and has_made and path.suffix == ".shout":
                continue
            if "!" in text:
                path.write_text("repaired\n")


topics = st.sampled_from(TOPICS)
names = st.sampled_from(NAMES)
edits = st.one_of(
    st.builds(
        lambda *values: lambda course: write(course, *values),
        topics,
        names,
        st.sampled_from(TEXTS),
        st.sampled_from(["in place", "rename", "twice"]),
    ),
    st.builds(lambda *values: lambda course: remove(course, *values), topics, names),
    st.builds(lambda *values: lambda course: remove_folder(course, *values), topics),
    st.builds(lambda *values: lambda course: rename(course, *values), topics, names, names),
    st.builds(
        lambda wanted: lambda course: use(course, wanted),
        st.lists(topics, unique=True),
    ),
)


@pytest.mark.parametrize(("backend", "scripts"), [("inline", 100), ("sqlite", 20)])
def test_outputs_match_clean_build(
    course: CourseFolder, tmp_path: Path, backend: str, scripts: int
) -> None:
    for topic in TOPICS:
        course.add(f"{topic}/{topic}-a.shout", f"{topic}\n")
    last = course.add("last/z.shout", "0")
    texts = {"0"}
    with Watching(course, {"backend": backend}) as watching:
        watching.report()

        @settings(
            max_examples=scripts,
            phases=[Phase.generate],  # each script starts with the result of the previous one
            suppress_health_check=list(HealthCheck),
        )
        @given(st.lists(edits, min_size=1, max_size=8))
        def edit(script: list[Edit]) -> None:
            for change in script:
                change(course)
            repair(course)
            text = str(len(texts))
            texts.add(text)
            last.write_text(text)
            wanted = outputs_of_a_clean_build(course, tmp_path)
            # A build may see the last of the edits, and only some of those before; or it may fail
            # since a file changes meanwhile.
            while not watching.until(lambda: has_outputs(course, wanted)).ok:
                continue

        edit()
    assert len(texts) > scripts


def has_outputs(course: CourseFolder, wanted: dict[str, bytes]) -> bool:
    try:
        return course.outputs() == wanted
    except FileNotFoundError:  # the next build removes it
        return False


def outputs_of_a_clean_build(course: CourseFolder, tmp_path: Path) -> dict[str, bytes]:
    clean = tmp_path / "clean"
    shutil.rmtree(clean, ignore_errors=True)
    clean.mkdir()
    shutil.copytree(course.path / "slides", clean / "slides")
    shutil.copy(course.spec, clean / "course.yaml")
    fresh = CourseFolder(clean)
    fresh.build(backend="inline")
    return fresh.outputs()
