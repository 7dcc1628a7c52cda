"""Kinds of destinations that other plugins add."""

from __future__ import annotations

import json

import pytest
from clm_program import run_clm
from one_file_plugin import install_plugin

from clm.testing.installing import load_only

pytestmark = pytest.mark.integration

SOURCE = """
    import json
    from pathlib import Path
    from attrs import frozen
    from clm import hookimpl
    from clm_plugin_publish.api import DestinationKind, State

    clm_api_version = 1

    @frozen
    class Listing:
        request: object

        @property
        def where(self):
            return self.request.options["file"]

        @property
        def wanted(self):
            return {item.path: item.digest for item in self.request.contents.items}

        @property
        def sizes(self):
            return {item.path: item.size for item in self.request.contents.items}

        @property
        def file(self):
            return self.request.course.folder / self.where

        def look(self):
            return State(json.loads(self.file.read_text()) if self.file.exists() else {})

        def replace(self):
            self.file.write_text(json.dumps(self.wanted))
            return "reference"

    @hookimpl
    def clm_publish_destinations():
        return [DestinationKind(NAME, Listing)]
"""


@pytest.fixture
def install(course, shout, monkeypatch):
    def install(name: str) -> None:
        install_plugin(shout, "listing", SOURCE.replace("NAME", repr(name)))
        load_only(monkeypatch, ["shout", "publish", "listing"])

    return install


@pytest.fixture
def course(new_course):
    course = new_course("real")
    destination = {"kind": "listing", "options": {"file": "list.json"}}
    course.settings = {"publish": {"destinations": {"list": destination}}}
    course.add("intro/one.shout", "hello\n")
    return course


def test_kind_of_plugin_published(course, install):
    install("listing")
    done = run_clm("publish", cwd=course.path)
    assert done.returncode == 0, done.stderr
    found = json.loads((course.path / "list.json").read_text())
    assert found and all(path.startswith("public/") for path in found)
    line = json.loads((course.path / "published.jsonl").read_text())
    assert (line["destination"], line["reference"]) == ("list", "reference")
    assert "nothing to do" in run_clm("publish", cwd=course.path).stdout


def test_name_of_own_kind_refused(course, install):
    install("git")
    done = run_clm("plugins", "check", cwd=course.path)
    assert "'git' cannot be the name of a kind" in done.stdout + done.stderr


def test_unknown_kind_has_place(course, install):
    install("other")
    done = run_clm("publish", cwd=course.path)
    assert "course.yaml:5:" in done.stderr and "no kind 'listing'" in done.stderr
