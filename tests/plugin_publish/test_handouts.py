"""Requirements, README and links to notebooks, in what is published."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from importlib.metadata import version

import pytest

from clm import Severity
from clm_plugin_publish.destinations.folders import State
from clm_plugin_publish.destinations.git_place import GitPlace
from clm_plugin_publish.publishing import carry_out, own_folder, prepare
from clm_plugin_publish.settings import Destination, DestinationError

NOTEBOOK = "public/en/week/a.ipynb"
PAGES = {"kind": "git", "remote": "https://github.com/ada/course.git"}
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def notebook(code: str) -> str:
    return json.dumps({"cells": [{"cell_type": "code", "source": code}]})


@pytest.fixture
def noted(course):
    course.texts = {NOTEBOOK: notebook("import attrs, os, intro, nothing_like_it")}
    course.texts["speaker/b.ipynb"] = notebook("import click")
    course.texts["public/en/index.html"] = "front"
    return course


def text_of(course, name: str) -> str:
    return course.published()[name]


def test_imported_packages_required(noted):
    noted.publish(requirements="exact")
    assert text_of(noted, "requirements.txt") == f"attrs=={version('attrs')}\n"
    noted.publish(requirements="minimum")
    assert text_of(noted, "requirements.txt") == f"attrs>={version('attrs')}\n"


def test_speakers_code_adds_nothing(noted):
    noted.publish(requirements="exact")
    assert "click" not in text_of(noted, "requirements.txt").lower()


def test_missing_module_is_warning(noted):
    (problem,) = noted.prepare(requirements="exact").problems
    assert problem.severity is Severity.WARNING
    assert problem.message.startswith("'nothing_like_it' is imported, but not installed")
    assert problem.place is not None and problem.place.file == "slides/intro.py"


def test_local_module_is_no_package(noted):
    problems = noted.prepare(requirements="exact").problems
    assert not any("'intro'" in problem.message for problem in problems)


def test_pages_need_packages_of_notebooks(noted):
    noted.texts["public/en/pages/week/a.html"] = "a"
    noted.publish(requirements="minimum", root="public/en/pages")
    assert text_of(noted, "requirements.txt").startswith("attrs>=")


def test_cohort_needs_what_it_has(noted):
    noted.texts["public/en/pages/week/a.html"] = "a"
    prepared = noted.prepare(requirements="exact", root="public/en/pages", cohort="autumn")
    assert "requirements.txt" not in prepared.contents.by_path


def test_packages_of_spec_added(noted):
    noted.publish(requirements="exact", packages=("attrs<99", "not-installed", "Click"))
    lines = text_of(noted, "requirements.txt").splitlines()
    assert lines[0] == "attrs<99" and lines[1].startswith("click==")
    assert lines[2:] == ["not-installed"]


def test_other_environment_counts(noted, tmp_path):
    site = tmp_path / "env" / "lib" / "python3.12" / "site-packages" / "attrs-1.5.dist-info"
    site.mkdir(parents=True)
    (site / "METADATA").write_text("Metadata-Version: 2.1\nName: attrs\nVersion: 1.5\n")
    (site / "top_level.txt").write_text("attrs\n")
    build = noted.build()
    chosen = Destination(path="../web", requirements="exact")
    own = own_folder(build.course)
    prepared = prepare("web", chosen, build, own, environment=tmp_path / "env")
    carry_out(prepared, datetime.now(UTC), force=False)
    assert text_of(noted, "requirements.txt") == "attrs==1.5\n"


def test_nothing_imported_needs_nothing(course):
    course.publish(requirements="exact")
    assert "requirements.txt" not in course.published()


def test_own_files_win(noted):
    (noted.path / "README.md").write_text("mine")
    (noted.path / "requirements.txt").write_text("own")
    files = ("README.md", "requirements.txt")
    noted.publish(requirements="exact", readme=True, files=files)
    assert text_of(noted, "README.md") == "mine"
    assert text_of(noted, "requirements.txt") == "own"


def test_readme_has_what_is_there(noted):
    noted.publish(readme=True)
    text = text_of(noted, "README.md")
    assert text.startswith("# Course\n") and "Open `public/en/index.html`" in text
    assert "pip install jupyterlab\n" in text
    noted.publish(readme=True, requirements="exact")
    assert "pip install jupyterlab -r requirements.txt\n" in text_of(noted, "README.md")


def test_readme_of_pages_starts_nothing(course):
    course.publish(readme=True)
    assert "jupyter" not in text_of(course, "README.md")


def test_readme_has_languages_of_tree(noted):
    noted.texts["public/de/week/a.ipynb"] = notebook("")
    noted.publish(readme=True)
    text = text_of(noted, "README.md")
    assert text.index("So fangen Sie an") < text.index("How to start")
    noted.publish(readme=True, languages=("de",))
    assert "How to start" not in text_of(noted, "README.md")


def test_again_nothing_to_do(noted):
    assert noted.publish(readme=True, requirements="exact")
    assert not noted.publish(readme=True, requirements="exact")


def made(prepared) -> dict[str, str]:
    items = prepared.contents.by_path
    return {name: item.read().decode() for name, item in items.items() if name.endswith(".md")}


@pytest.fixture
def unreachable(monkeypatch):
    """No remote is asked what it has."""
    monkeypatch.setattr(GitPlace, "look", lambda place: State({}))


@needs_git
def test_links_open_notebooks(noted, unreachable):
    prepared = noted.prepare(**PAGES, readme=True, launch=("binder", "colab"))
    text = made(prepared)["README.md"]
    assert "- Title (completed) [![Binder](https://mybinder.org/badge_logo.svg)](" in text
    assert "https://mybinder.org/v2/gh/ada/course/gh-pages?labpath=public%2Fen%2Fweek%2F" in text
    assert "/github/ada/course/blob/gh-pages/public/en/week/a.ipynb)" in text
    assert "speaker" not in text


@needs_git
def test_own_readme_has_links_beside_it(noted, unreachable):
    (noted.path / "readme.rst").write_text("mine")
    keys = {**PAGES, "files": ("readme.rst",), "readme": True, "launch": ("binder",)}
    found = made(noted.prepare(**keys))
    assert list(found) == ["NOTEBOOKS.md"] and "mybinder.org" in found["NOTEBOOKS.md"]


@needs_git
def test_own_list_of_notebooks_stays(noted, unreachable):
    (noted.path / "NOTEBOOKS.md").write_text("mine")
    found = made(noted.prepare(**PAGES, files=("NOTEBOOKS.md",), launch=("binder",)))
    assert found == {"NOTEBOOKS.md": "mine"}


def test_links_need_known_host(noted):
    with pytest.raises(DestinationError, match=r"github\.com or gitlab\.com"):
        noted.prepare(kind="git", remote="../remote.git", launch=("binder",))
    with pytest.raises(DestinationError, match="Colab opens no notebooks from GitLab"):
        noted.prepare(kind="git", remote="https://gitlab.com/a/b", launch=("colab",))


@pytest.mark.parametrize(
    "keys",
    [{"path": "x"}, {**PAGES, "audience": "speakers"}, {"kind": "other"}],
)
def test_links_only_from_public_repository(keys):
    with pytest.raises(ValueError, match="'launch' is for the kind 'git'"):
        Destination(**keys, launch=("binder",))


@pytest.mark.parametrize("name", ["-r other.txt", "a b", "a\nb", "--index-url=x", "", "a; x", "é"])
def test_what_is_no_package_refused(name):
    with pytest.raises(ValueError, match="is no package"):
        Destination(path="x", packages=(name,))


@pytest.mark.parametrize("name", ["numpy", "numpy>=2", "a[b,c]==1.*", "x >=1,<2", "y~=1.0"])
def test_packages_of_spec_accepted(name):
    assert Destination(path="x", packages=(name,)).packages == (name,)
