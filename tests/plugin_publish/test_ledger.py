"""The ledger of a course."""

from __future__ import annotations

import json

import pytest

from clm import UsageError


def lines(course) -> list[dict]:
    text = (course.path / "published.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def test_line_for_each_publication(course):
    course.publish()
    course.texts["public/en/week/a.html"] = "new"
    course.publish()
    first, second = lines(course)
    assert (first["added"], second["changed"], second["files"]) == (2, 1, 2)
    assert second["time"] == "2027-03-01T08:00:00+00:00"
    assert (first["where"], first["destination"]) == ("../web", "web")
    assert first["tree"] != second["tree"]


def test_nothing_to_do_adds_no_line(course):
    course.publish()
    course.publish()
    assert len(lines(course)) == 1


def test_interrupted_before_ledger_completed(course):
    course.prepare().place.replace()
    assert not (course.path / "published.jsonl").exists()
    assert not course.publish()
    assert len(lines(course)) == 1


def test_sources_tell_changed_source(course):
    course.publish()
    (course.path / "slides" / "intro.py").write_text("2")
    course.texts["public/en/week/a.html"] = "new"
    course.publish()
    first, second = lines(course)
    assert first["sources"] != second["sources"]


def test_commit_with_mark_of_changes(course, run_git, remote):
    run_git("init", "--quiet", cwd=course.path)
    run_git("add", "slides", cwd=course.path)
    run_git("commit", "--quiet", "--message", "x", cwd=course.path)
    commit = run_git("rev-parse", "HEAD", cwd=course.path)
    course.publish()
    assert lines(course)[0]["commit"] == f"{commit}+"  # the outputs are not committed
    (course.path / ".gitignore").write_text("output\n.clm\n")
    run_git("add", ".gitignore", cwd=course.path)
    run_git("commit", "--quiet", "--message", "y", cwd=course.path)
    course.texts["public/en/week/a.html"] = "new"
    course.publish()
    assert lines(course)[1]["commit"] == run_git("rev-parse", "HEAD", cwd=course.path)


def test_marks_of_merge_named(course):
    course.publish()
    file = course.path / "published.jsonl"
    file.write_text(f"{file.read_text()}<<<<<<< HEAD\n")
    with pytest.raises(UsageError, match=r"published\.jsonl:2"):
        course.publish()
