"""Archives: one, one for each section, one for each deck."""

from __future__ import annotations

import zipfile

import pytest

from clm import UsageError


def names(course, file: str) -> list[str]:
    with zipfile.ZipFile(course.path.parent / file) as archive:
        assert archive.testzip() is None
        return archive.namelist()


def test_one_archive_has_all(course):
    assert course.publish(kind="zip", path="../c.zip")
    assert names(course, "c.zip") == ["public/en/week/a.html", "public/en/week/b.html"]


def test_same_archive_not_written_again(course):
    course.publish(kind="zip", path="../c.zip")
    assert not course.publish(kind="zip", path="../c.zip")


def test_equal_files_equal_bytes(course):
    course.publish(kind="zip", path="../c.zip")
    first = (course.path.parent / "c.zip").read_bytes()
    (course.path.parent / "c.zip").unlink()
    course.publish(kind="zip", path="../c.zip")
    assert (course.path.parent / "c.zip").read_bytes() == first


def test_foreign_archive_not_replaced(course):
    (course.path.parent / "c.zip").write_text("own")
    with pytest.raises(UsageError, match=r"c\.zip"):
        course.publish(kind="zip", path="../c.zip")
    assert course.publish(kind="zip", path="../c.zip", force=True)


def test_sections_have_their_archives(course):
    course.texts["public/en/index.html"] = "front"
    assert course.publish(kind="zip", split="section")
    assert names(course, "web/week.zip") == ["public/en/week/a.html", "public/en/week/b.html"]
    assert names(course, "web/course.zip") == ["public/en/index.html"]
    assert not course.publish(kind="zip", split="section")


def test_deck_has_files_of_its_topic(course):
    course.texts["public/en/week/data.csv"] = "1,2"
    assert course.publish(kind="zip", split="deck")
    assert "public/en/week/data.csv" in names(course, "web/intro-intro.zip")
    course.texts["public/en/week/data.csv"] = "1,3"
    assert course.prepare(kind="zip", split="deck").changes.changed == ("intro-intro.zip",)


def test_link_instead_of_archive_refused(course):
    (course.path.parent / "c.zip").symlink_to(course.path / "slides")
    with pytest.raises(UsageError, match="is a link"):
        course.publish(kind="zip", path="../c.zip")
