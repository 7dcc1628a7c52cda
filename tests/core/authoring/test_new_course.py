"""New courses: their files, and that no file of the author is lost."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from clm.authoring.new_course import (
    NewCourse,
    course_files,
    prog_langs_of,
    refuse_used_folder,
    write_files,
)
from clm.authoring.spec_text import parse_spec
from clm.authoring.starting import ChosenStarter, usable_starters
from clm.course.course import Course
from clm.course.syntax.reader import load_spec
from clm.errors import OutputError, PluginConflictError, PluginLoadError, UsageError
from clm.plugins.discovery import FoundPlugin
from clm.plugins.loading import Offer
from clm.plugins.registry import LoadedPlugin, PluginStatus
from clm.registration import Check, CheckResult
from clm.starters import Starter, StarterFiles, StarterPicture

FOLDER = "slides/module_100_first_steps/topic_100_introduction"


def chosen(starter: Starter, plugin: str = "mine", *checks: Check) -> ChosenStarter:
    found = FoundPlugin(plugin, plugin, "1", "")
    offer = Offer(None, (), (), checks, None, (starter,))  # type: ignore[arg-type]
    loaded = LoadedPlugin(plugin, plugin, "1", PluginStatus.OK, found=found, offer=offer)
    return ChosenStarter(loaded, starter)


def figure(name: str = "figure.svg", **more: object) -> Starter:
    picture = StarterPicture("img/figure.png", "a figure")
    return Starter("figure", lambda request: StarterFiles({name: "x"}, (picture,)), **more)


DECK = Starter(
    "deck",
    lambda request: StarterFiles({f"{request.stem}.txt": repr(request)}),
    is_deck=True,
    prog_langs=("python", "cpp"),
)


def test_new_course_can_be_loaded(tmp_path):
    made = course_files(NewCourse({"fr": "Cours", "en": "Course"}), [chosen(DECK)])
    write_files(tmp_path / "new", made.files)
    course = Course.load(load_spec(tmp_path / "new" / "course.yaml"))
    (section,) = course.sections
    assert [topic.id for topic in section.topics] == ["introduction"]
    assert (course.warnings, course.spec.languages) == ((), ("fr", "en"))


def test_deck_starter_receives_pictures(tmp_path):
    files = course_files(NewCourse({"en": "X"}), [chosen(DECK), chosen(figure(), "a")]).files
    assert "img/figure.png" in files[f"{FOLDER}/introduction.txt"].decode()
    assert files[f"{FOLDER}/figure.svg"] == b"x"


def test_gitignore_lists_clm_folder():
    assert b".clm/" in course_files(NewCourse({"en": "X"}), [chosen(DECK)]).files[".gitignore"]


def test_no_starter_is_error():
    with pytest.raises(UsageError, match="no installed plugin"):
        course_files(NewCourse({"en": "X"}), [])


def test_same_starter_file_conflicts():
    starters = [chosen(figure(), "a"), chosen(figure(), "b")]
    with pytest.raises(PluginConflictError, match=r"'a' and 'b' both create figure\.svg"):
        course_files(NewCourse({"en": "X"}), starters)


@pytest.mark.parametrize("name", ["../x", "/x", "a//b", "c:\\x"])
def test_starter_path_outside_topic_refused(name):
    with pytest.raises(PluginLoadError, match="cannot create its files"):
        course_files(NewCourse({"en": "X"}), [chosen(figure(name))])


@pytest.mark.parametrize("make", [lambda request: 1 / 0, lambda request: None])
def test_broken_starter_named(make):
    with pytest.raises(PluginLoadError, match="plugin 'mine' of mine 1: the starter 'bad'"):
        course_files(NewCourse({"en": "X"}), [chosen(Starter("bad", make))])


def test_starter_without_tool_omitted():
    check = Check("tool", lambda: CheckResult(False, "no tool"))
    other = Check("other", lambda: CheckResult(False, "never asked"))
    items = [chosen(figure(checks=("tool",)), "mine", other, check), chosen(DECK, "fine", other)]
    usable, omitted = usable_starters(items, lambda check, settings: check.result(settings))
    assert [item.plugin.name for item in usable] == ["fine"]
    assert [str(d) for d in omitted] == [
        "the figure of mine was omitted: no tool (`clm doctor` shows how to fix it)"
    ]


def test_prog_langs_come_from_starters():
    assert prog_langs_of([chosen(figure()), chosen(DECK), chosen(DECK)]) == ("python", "cpp")


def test_unused_folders_accepted(tmp_path):
    refuse_used_folder(tmp_path / "new")
    refuse_used_folder(tmp_path)
    (tmp_path / ".git").mkdir()
    refuse_used_folder(tmp_path)


def test_non_empty_folder_refused(tmp_path):
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(UsageError, match=r"not empty: it contains thesis\.txt"):
        refuse_used_folder(tmp_path)


def test_file_as_folder_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="is not a folder"):
        refuse_used_folder(tmp_path / "file")


def test_no_overwrite_and_no_leftovers(tmp_path):
    (tmp_path / "b").write_text("mine")
    with pytest.raises(OutputError, match="b cannot be written: File exists"):
        write_files(tmp_path, {"a": b"", "b": b""})
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("b", "mine")]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write")
def test_unwritable_folder_is_error(tmp_path: Path):
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="Permission denied"):
        write_files(tmp_path / "new", {"a": b""})


def test_settings_of_plugins_in_spec() -> None:
    course = NewCourse({"en": "X"}, plugins={"extra": {"enabled": True, "some-name": "a b"}})
    spec = course_files(course, [chosen(DECK)]).files["course.yaml"].decode()
    assert parse_spec(spec, Path("course.yaml")).plugins == {
        "extra": {"enabled": True, "some-name": "a b"}
    }
