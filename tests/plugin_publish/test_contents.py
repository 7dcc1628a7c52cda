"""What a destination gets of a build, and what stops a publication."""

from __future__ import annotations

import pytest

from clm import UsageError


def paths(prepared) -> list[str]:
    return [item.path for item in prepared.contents.items]


def test_private_outputs_left_out(course):
    assert paths(course.prepare()) == ["public/en/week/a.html", "public/en/week/b.html"]


def test_speakers_get_everything(course):
    assert "speaker/a.html" in paths(course.prepare(audience="speakers"))


def test_languages_chosen(course):
    course.texts["public/de/week/a.html"] = "de"
    assert paths(course.prepare(languages=("de",))) == ["public/de/week/a.html"]


def test_root_is_cut_off(course):
    assert paths(course.prepare(root="public/en")) == ["week/a.html", "week/b.html"]


def test_unknown_language_suggests(course):
    with pytest.raises(UsageError, match="no language 'dee'"):
        course.publish(languages=("dee",))


def test_unknown_target_named(course):
    with pytest.raises(UsageError, match="no output-target 'x'"):
        course.publish(target="x")


@pytest.mark.parametrize("place", ["public/en/week/own.html", "public/new/own.html", "own.html"])
def test_file_of_unknown_origin_stops(course, place):
    file = course.output / place
    file.parent.mkdir(parents=True)
    file.write_text("own")
    with pytest.raises(UsageError, match=r"own\.html"):
        course.publish()
    assert not course.web.exists()


def test_linked_output_stops(course, tmp_path):
    course.build()
    secret = tmp_path / "secret"
    secret.write_text("a")  # the same content
    file = course.output / "public/en/week/a.html"
    file.unlink()
    file.symlink_to(secret)
    with pytest.raises(UsageError, match="or they are links"):
        course.prepare()


def test_linked_folder_stops(course, tmp_path):
    course.build()
    folder = course.output / "public/en/week"
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    with pytest.raises(UsageError, match="week"):
        course.publish()


def test_failed_build_refused(course):
    course.ok = False
    with pytest.raises(UsageError, match="not up to date"):
        course.publish()


def test_own_files_added(course):
    (course.path / "docs").mkdir()
    (course.path / "docs" / "README.md").write_text("read")
    course.publish(files=("docs/README.md",))
    assert course.published()["README.md"] == "read"


@pytest.mark.parametrize("path", ["slides/intro.py", "output/speaker/a.html", ".clm/x", ".git/x"])
def test_private_places_not_added(course, path):
    course.build()
    with pytest.raises(UsageError, match="in 'files' is not published"):
        course.publish(files=(path,))


def test_linked_own_file_refused(course, tmp_path):
    (tmp_path / "secret").write_text("s")
    (course.path / "README.md").symlink_to(tmp_path / "secret")
    with pytest.raises(UsageError, match="in 'files' is not published"):
        course.publish(files=("README.md",))


def test_missing_own_file_named(course):
    with pytest.raises(UsageError, match="does not exist"):
        course.publish(files=("README.md",))


def test_one_place_for_two_files_refused(course):
    (course.path / "a.html").write_text("x")
    with pytest.raises(UsageError, match="two files"):
        course.publish(files=("a.html",), root="public/en/week")
