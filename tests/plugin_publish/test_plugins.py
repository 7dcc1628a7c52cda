"""Kinds of destinations that other plugins add."""

from __future__ import annotations

import json

import pytest
from clm_program import run_clm
from one_file_plugin import install_plugin
from shelf_plugin import SHELF, shelved

from clm.testing.installing import load_only

pytestmark = pytest.mark.integration


@pytest.fixture
def install(course, shout, monkeypatch):
    def install(name: str) -> None:
        install_plugin(shout, "shelf", SHELF.replace('"shelf"', repr(name)))
        load_only(monkeypatch, ["shout", "publish", "shelf"])

    return install


@pytest.fixture
def course(new_course):
    course = new_course("real")
    destination = {"kind": "shelf", "options": {"file": "shelf.jsonl"}}
    course.settings = {"publish": {"destinations": {"kept": destination}}}
    course.add("intro/one.shout", "hello\n")
    return course


def test_kind_of_plugin_published(course, install):
    install("shelf")
    done = run_clm("publish", cwd=course.path)
    assert done.returncode == 0, done.stderr
    found = shelved(course.path / "shelf.jsonl")
    assert found and all(path.startswith("public/") for path in found)
    line = json.loads((course.path / "published.jsonl").read_text())
    assert (line["destination"], line["reference"]) == ("kept", "reference")
    assert "nothing to do" in run_clm("publish", cwd=course.path).stdout


def test_name_of_own_kind_refused(course, install):
    install("git")
    done = run_clm("plugins", "check", cwd=course.path)
    assert "'git' cannot be the name of a kind" in done.stdout + done.stderr


def test_unknown_kind_has_place(course, install):
    install("other")
    done = run_clm("publish", cwd=course.path)
    assert "course.yaml:5:" in done.stderr and "no kind 'shelf'" in done.stderr
