"""Folders that are replaced as a whole."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from clm import UsageError
from clm_plugin_publish.destinations import folders
from clm_plugin_publish.destinations.folders import is_kept

PUBLIC = {"public/en/week/a.html": "a", "public/en/week/b.html": "b"}


def test_only_public_files_published(course):
    assert course.publish()
    assert course.published() == PUBLIC


def test_second_time_nothing_to_do(course):
    course.publish()
    before = {p: p.stat().st_mtime_ns for p in course.web.rglob("*")}
    assert not course.publish()
    assert {p: p.stat().st_mtime_ns for p in course.web.rglob("*")} == before


def test_removed_output_disappears(course):
    course.publish()
    del course.texts["public/en/week/b.html"]
    (course.output / "public/en/week/b.html").unlink()
    assert course.prepare().changes.removed == ("public/en/week/b.html",)
    assert course.publish()
    assert course.published() == {"public/en/week/a.html": "a"}


def test_changes_are_named(course):
    course.publish()
    course.texts |= {"public/en/week/a.html": "new", "public/en/week/c.html": "c"}
    changes = course.prepare().changes
    assert (changes.added, changes.changed, changes.removed, changes.bytes) == (
        ("public/en/week/c.html",),
        ("public/en/week/a.html",),
        (),
        4,
    )


def test_dry_run_writes_nothing(course):
    course.prepare()
    assert not course.web.exists()


def test_foreign_file_stops(course):
    course.publish()
    (course.web / "own.html").write_text("own")
    course.texts["public/en/week/a.html"] = "new"
    with pytest.raises(UsageError, match=r"own\.html"):
        course.publish()
    assert course.published() == {**PUBLIC, "own.html": "own"}


def test_changed_file_stops(course):
    course.publish()
    (course.web / "public/en/week/a.html").write_text("x")
    with pytest.raises(UsageError, match=r"a\.html"):
        course.publish()


def test_touched_file_is_the_same(course):
    course.publish()
    os.utime(course.web / "public/en/week/a.html", (1, 1))
    assert not course.publish()


def test_force_replaces_foreign_files(course):
    course.web.mkdir()
    (course.web / "own.html").write_text("own")
    with pytest.raises(UsageError):
        course.publish()
    assert course.publish(force=True)
    assert course.published() == PUBLIC


def test_kept_files_stay(course):
    (course.web / ".well-known").mkdir(parents=True)
    (course.web / ".well-known" / "key").write_text("k")
    (course.web / "CNAME").write_text("c")
    keep = ("CNAME", ".well-known")
    assert course.publish(keep=keep)
    assert course.published() == {**PUBLIC, "CNAME": "c", ".well-known/key": "k"}
    assert not course.publish(keep=keep)


@pytest.mark.parametrize(
    ("path", "pattern", "kept"),
    [
        ("a/b/c", "a", True),
        ("a/b/c", "a/b/", True),
        ("a/b/c", "b", False),
        ("ab", "a", False),
        ("x.txt", "*.txt", True),
    ],
)
def test_keep_names_paths_and_folders(path, pattern, kept):
    assert is_kept(path, [pattern]) is kept


def test_missing_file_comes_back(course):
    course.publish()
    (course.web / "public/en/week/a.html").unlink()
    assert course.publish()
    assert course.published() == PUBLIC


def test_link_in_folder_stops(course, tmp_path):
    course.publish()
    secret = tmp_path / "secret"
    secret.mkdir()
    (course.web / "link").symlink_to(secret, target_is_directory=True)
    with pytest.raises(UsageError, match="link"):
        course.publish()
    assert secret.is_dir()


def test_folder_that_is_a_link_refused(course, tmp_path):
    (tmp_path / "real").mkdir()
    course.web.symlink_to(tmp_path / "real", target_is_directory=True)
    with pytest.raises(UsageError, match="is a link"):
        course.publish()


def test_changed_output_publishes_nothing(course):
    course.publish()
    course.texts["public/en/week/c.html"] = "c"
    course.texts["public/en/week/d.html"] = "d"
    prepared = course.prepare()
    (course.output / "public/en/week/d.html").write_text("other")
    with pytest.raises(UsageError, match="not what was built"):
        prepared.place.replace()
    assert course.published() == PUBLIC
    assert not course.publish() or course.published().keys() >= PUBLIC.keys()


def _beside(course, what: str) -> Path:
    return course.web.with_name(f".web.clm-{what}")


def test_interrupted_swap_is_undone(course):
    course.publish()
    course.web.rename(_beside(course, "old"))
    _beside(course, "new").mkdir()
    assert not course.publish()
    assert course.published() == PUBLIC
    assert sorted(p.name for p in course.web.parent.iterdir() if "clm" in p.name) == []


def test_interrupted_clean_up_is_ended(course):
    course.publish()
    _beside(course, "old").mkdir()
    (_beside(course, "old") / "a.html").write_text("old")
    assert not course.publish()
    assert not _beside(course, "old").exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot exchange folders")
def test_folder_never_missing(course):
    course.publish()
    course.texts["public/en/week/a.html"] = "new"
    child = os.fork()  # an audit hook stays as long as its process
    if child == 0:
        missing = []
        sys.addaudithook(lambda event, _: course.web.exists() or missing.append(event))
        course.publish()
        os._exit(len(missing))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert course.published()["public/en/week/a.html"] == "new"
    assert [p.name for p in course.web.parent.iterdir() if "clm" in p.name] == []


def test_replaced_where_folders_cannot_be_exchanged(course, monkeypatch):
    monkeypatch.setattr(folders, "exchanged", lambda *_: False)
    course.publish()
    course.texts["public/en/week/a.html"] = "new"
    assert course.publish()
    assert course.published()["public/en/week/a.html"] == "new"
    assert [p.name for p in course.web.parent.iterdir() if "clm" in p.name] == []


def test_unmovable_folder_keeps_its_content(course, monkeypatch):
    monkeypatch.setattr(folders, "exchanged", lambda *_: False)
    course.publish()
    course.texts["public/en/week/a.html"] = "new"
    real = Path.rename

    def rename(path: Path, target: Path) -> Path:
        if path.name == ".web.clm-new":
            raise PermissionError(13, "in use")
        return real(path, target)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(UsageError, match="in use"):
        course.publish()
    assert course.published() == PUBLIC


@pytest.mark.parametrize("path", [".", "output", "output/web", "slides", "..", ".clm/web"])
def test_folder_of_course_refused(course, path):
    with pytest.raises(UsageError, match="belongs to the course"):
        course.publish(path=path)


def test_damaged_record_named(course):
    course.publish()
    (course.web / ".clm-published.json").write_text("[]")
    with pytest.raises(UsageError, match="damaged"):
        course.publish()
