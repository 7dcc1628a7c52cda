"""Edits of a course with a site and shared files of pages: built as from nothing.

`CLM_TEST_EDITS` is another number of random edits.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
from pathlib import Path

import pytest
from attrs import define, field
from course_folder import messages

from clm.builder import BuildListener, BuildOptions, BuildReport, build_course
from clm.builder.sessions import session
from clm.builder.sessions.opening import open_session
from clm.builder.sessions.session import BuildSession
from clm.builder.unchanged import basis, clock
from clm.course.course import Course
from clm.course.syntax.reader import load_spec
from clm.plugins import PluginRegistry

pytestmark = pytest.mark.integration

EDITS = int(os.environ.get("CLM_TEST_EDITS", "6"))
TOPICS = ("one", "two", "three")
CELLS = (
    "# More text\n",
    "# ## Heading\n",
    "# ![p](img/TOPIC.svg)\n",
    "# [next](clm:two)\n",
    "# [part](clm:two#heading)\n",
)
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg"><title>{}</title></svg>\n'


@define
class EditedCourse:
    """A course with a site that is edited at random; `plans` counts those of all topics."""

    folder: Path
    chance: random.Random
    plans: int = field(default=0)

    @property
    def options(self) -> BuildOptions:
        return BuildOptions(self.folder / "course.yaml", backend="inline")

    def __attrs_post_init__(self) -> None:
        for topic in TOPICS:
            self._write_deck(topic, "Text")
            self._write(self._topic(topic) / "img" / f"{topic}.svg", PICTURE.format(topic))
            self._write(self._topic(topic) / f"{topic}.csv", "1\n")
        self._write_spec("shared")

    def edit(self) -> Path:
        """Make an edit; returns the file."""
        edits = (*[self._cell] * 8, self._deck, self._data, self._data, self._picture, self._assets)
        return self.chance.choice(edits)()

    def outputs(self) -> dict[str, bytes]:
        found = (path for path in (self.folder / "output").rglob("*") if path.is_file())
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in found}

    def fresh_outputs(self, folder: Path) -> dict[str, bytes]:
        """The outputs of a build from nothing, but with the results of jobs."""
        shutil.copytree(self.folder, folder, ignore=shutil.ignore_patterns("output", ".clm"))
        (folder / ".clm").mkdir()
        shutil.copy(self.folder / ".clm" / "clm_cache.db", folder / ".clm")
        fresh = EditedCourse.__new__(EditedCourse)
        fresh.folder = folder
        build(fresh)
        found = fresh.outputs()
        shutil.rmtree(folder)
        return found

    def show_picture(self) -> None:
        """Add the picture of the first topic to its deck."""
        self._add("one", "# ![p](img/one.svg)\n")

    def edit_picture(self) -> Path:
        return self._write(self._topic("one") / "img" / "one.svg", PICTURE.format("edited"))

    def pictures(self) -> set[str]:
        """The contents of the pictures of the first topic that are beside pages."""
        found = (self.folder / "output").rglob("one*.svg")
        return {path.read_text(encoding="utf-8") for path in found}

    def _topic(self, name: str) -> Path:
        return self.folder / "slides" / "module_1" / f"topic_{TOPICS.index(name) + 1}00_{name}"

    def _write(self, path: Path, text: str) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def _write_deck(self, topic: str, title: str) -> Path:
        head = f'# j2 from \'macros.j2\' import header\n# {{{{ header("{title}", "{title}") }}}}\n'
        text = f'{head}\n# %% [markdown] tags=["slide"]\n# ## Heading\n\n# %%\n1 + 1\n'
        return self._write(self._topic(topic) / f"slides_{topic}.py", text)

    def _cell(self) -> Path:
        topic = self.chance.choice(TOPICS)
        return self._add(topic, self.chance.choice(CELLS).replace("TOPIC", topic))

    def _add(self, topic: str, text: str) -> Path:
        deck = self._topic(topic) / f"slides_{topic}.py"
        cell = f'\n# %% [markdown] tags=["slide"]\n{text}'
        return self._write(deck, deck.read_text(encoding="utf-8") + cell)

    def _deck(self) -> Path:
        return self._write_deck(self.chance.choice(TOPICS), self.chance.choice(("Text", "Other")))

    def _data(self) -> Path:
        topic = self.chance.choice(TOPICS)
        return self._write(self._topic(topic) / f"{topic}.csv", f"{self.chance.randrange(99)}\n")

    def _picture(self) -> Path:
        topic = self.chance.choice(TOPICS)
        picture = self._topic(topic) / "img" / f"{topic}.svg"
        return self._write(picture, PICTURE.format(self.chance.randrange(9)))

    def _assets(self) -> Path:
        return self._write_spec(self.chance.choice(("shared", "embedded")))

    def _write_spec(self, assets: str) -> Path:
        text = (
            "name: {de: K, en: C}\nsections:\n- name: {de: W, en: V}\n  topics: [one, two, three]\n"
        )
        notebook = f"notebook: {{evaluate: false, page-assets: {assets}}}"
        text += f"plugins: {{{notebook}, site: {{enabled: true}}}}\n"
        return self._write(self.folder / "course.yaml", text)


@pytest.fixture
def edited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EditedCourse:
    monkeypatch.setattr(clock, "_RACY_NS", 0)  # new files are trusted
    of_pytest = basis._OF_TERMINALS | {"PYTEST_CURRENT_TEST"}
    monkeypatch.setattr(basis, "_OF_TERMINALS", of_pytest)
    monkeypatch.setenv("CLM_LOAD_PLUGINS", "notebook,site")
    course = EditedCourse(tmp_path / "course", random.Random(5))
    plan_build = session.plan_build

    def noted(*arguments: object) -> object:
        course.plans += 1
        return plan_build(*arguments)

    monkeypatch.setattr(session, "plan_build", noted)
    return course


def build(course: EditedCourse) -> None:
    report = build_course(course.options, BuildListener())
    assert report.ok, messages(report)


def test_picture_of_last_build_removed(edited: EditedCourse) -> None:
    edited.show_picture()
    build(edited)
    assert edited.pictures() == {PICTURE.format("one")}
    edited.edit_picture()
    build(edited)
    assert edited.pictures() == {PICTURE.format("edited")} and edited.plans == 2
    build(edited)
    assert edited.plans == 2


def test_builds_as_from_nothing(edited: EditedCourse, tmp_path: Path) -> None:
    build(edited)
    in_parts = 0
    for number in range(EDITS):
        edited.edit()
        before = edited.plans
        build(edited)
        in_parts += edited.plans == before
        assert edited.outputs() == edited.fresh_outputs(tmp_path / "fresh"), number
    assert in_parts > EDITS // 4, in_parts


def test_saves_in_watch_as_from_nothing(edited: EditedCourse, tmp_path: Path) -> None:
    async def save(watch: BuildSession, changed: Path) -> None:
        report, listener = BuildReport(), BuildListener()
        early = await watch.build_early({changed}, lambda found: listener, report)
        if early is None or not early.is_whole:
            course = Course.load(load_spec(edited.options.spec_path))
            await watch.build(course, listener, report)
        assert report.ok, messages(report)

    async def run() -> int:
        in_parts = 0
        plugins = PluginRegistry.load(for_builds=True)
        async with open_session(edited.options, plugins) as watch:
            course = Course.load(load_spec(edited.options.spec_path))
            await watch.build(course, BuildListener(), BuildReport())
            for number in range(EDITS):
                changed, before = edited.edit(), edited.plans
                await save(watch, changed.resolve())
                in_parts += edited.plans == before
                fresh = asyncio.to_thread(edited.fresh_outputs, tmp_path / "fresh")
                assert edited.outputs() == await fresh, number
        return in_parts

    in_parts = asyncio.run(run())
    assert in_parts > EDITS // 4, in_parts
