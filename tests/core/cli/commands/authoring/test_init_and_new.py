"""`clm init` and `clm new`, with a plugin that has a deck and no tools."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from one_file_plugin import install_plugin

from clm.cli.main import main
from clm.course.course import Course
from clm.course.syntax.reader import load_spec

PLUGIN = """
from clm import (Check, CheckResult, ExistingDeck, Format, JobType, Starter, StarterFiles,
                 hookimpl)
from attrs import frozen

@frozen
class Payload:
    pass

@hookimpl
def clm_job_types():
    return [JobType("story", ("*.story",), Payload, plan=lambda s, c: [],
                    worker="nowhere:Worker", fingerprint=str, formats=(Format("text", "Text"),))]

def make(request):
    return StarterFiles({f"{request.stem}.story": request.prog_lang}, notes=("a note",))

def adopt(name, content):
    return ExistingDeck(name, name[:-6], "klingon") if name.endswith(".story") else None

@hookimpl
def clm_starters():
    return [Starter("story", make, is_deck=True, prog_langs=("python", "klingon"), adopt=adopt),
            Starter("picture", make, checks=("brush",))]

@hookimpl
def clm_checks():
    return [Check("brush", lambda: CheckResult(False, "no brush"))]
"""
DECK = "slides/module_100_first_steps/topic_100_introduction/introduction.story"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    site, work = tmp_path / "site", tmp_path / "work"
    site.mkdir()
    work.mkdir()
    install_plugin(site, "story", PLUGIN)
    monkeypatch.syspath_prepend(site)
    monkeypatch.setenv("CLM_LOAD_PLUGINS", "story")
    monkeypatch.delenv("CLM_BLOCK_PLUGINS", raising=False)
    monkeypatch.chdir(work)
    return work


def files(folder: Path) -> list[str]:
    return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


def answers(monkeypatch, *lines: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def test_init_with_defaults(folder, capsys):
    assert main(["init", "my-course", "--yes"]) == 0
    assert files(folder / "my-course") == [".gitignore", "course.yaml", DECK]
    spec = (folder / "my-course" / "course.yaml").read_text()
    assert "name: {de: My Course, en: My Course}" in spec
    printed = capsys.readouterr()
    assert "build it:  clm build" in printed.out
    assert "warning: the picture of story was omitted: no brush" in printed.err
    assert "warning: a note" in printed.err


def test_init_asks_for_missing_values(folder, monkeypatch):
    answers(monkeypatch, "A Course", "en", "klingon", "Ada")
    assert main(["init", "new"]) == 0
    spec = (folder / "new" / "course.yaml").read_text()
    for line in ("name: {en: A Course}", "languages: [en]", "prog-lang: klingon", "author: Ada"):
        assert f"{line}\n" in spec


def test_questions_without_answers_write_nothing(folder, monkeypatch, capsys):
    answers(monkeypatch)
    assert main(["init", "new"]) == 2
    err = capsys.readouterr().err
    assert "\nerror: no answer to the questions\n" in err
    assert "use --yes to accept the defaults" in err
    assert files(folder) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--languages", "EN"], "'EN' is not a language code"),
        (["--languages", ","], "no language given"),
        (["--name", "fr=Cours"], "is not a language of the course"),
        (["--prog-lang", "pyton"], "did you mean 'python'?"),
    ],
)
def test_wrong_choices_write_nothing(folder, capsys, options, message):
    assert main(["init", "new", "--yes", *options]) == 2
    assert message in capsys.readouterr().err
    assert files(folder) == []


def test_non_empty_folder_untouched(folder, capsys):
    (folder / "thesis.txt").write_text("mine")
    assert main(["init", ".", "--yes"]) == 2
    assert "not empty: it contains thesis.txt" in capsys.readouterr().err
    assert files(folder) == ["thesis.txt"]


def test_json_init_asks_nothing(folder, capsys):
    assert main(["init", "new", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["version"], document["spec"]) == (1, "course.yaml")
    assert document["files"] == files(folder / "new")


def test_quiet_prints_only_warnings(capsys):
    assert main(["init", "new", "--yes", "--quiet"]) == 0
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "warning:" in printed.err


def test_section_and_decks_added(folder, monkeypatch, capsys):
    main(["init", "new", "--yes"])
    monkeypatch.chdir(folder / "new")
    before = Path("course.yaml").read_text()
    assert main(["new", "section", "de=Woche 2", "en=Week 2"]) == 0
    capsys.readouterr()
    assert main(["new", "deck", "Loops", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["version"], document["spec_changed"]) == (1, True)
    assert main(["new", "deck", "More Loops", "--topic", "loops"]) == 0
    after = Path("course.yaml").read_text()
    assert after == f"{before}  - name: {{de: Woche 2, en: Week 2}}\n    topics: [loops]\n"
    topic = "slides/module_200_week_2/topic_100_loops"
    assert {f"{topic}/loops.story", f"{topic}/more_loops.story"} <= set(files(folder / "new"))


def test_refused_deck_changes_nothing(folder, monkeypatch):
    main(["init", "new", "--yes"])
    monkeypatch.chdir(folder / "new")
    before = files(folder), Path("course.yaml").read_bytes()
    assert main(["new", "deck", "Introduction"]) == 2
    assert main(["new", "deck", "X", "--section", "nowhere"]) == 2
    assert main(["new", "deck", "X", "--topic", "a", "--section", "b"]) == 2
    assert (files(folder), Path("course.yaml").read_bytes()) == before


def test_new_deck_without_course_refused(capsys):
    assert main(["new", "deck", "X"]) == 2
    assert "no course spec in" in capsys.readouterr().err


def test_new_theme_named_in_spec(folder, capsys):
    assert main(["init", "course", "--yes"]) == 0
    before = (folder / "course" / "course.yaml").read_text().splitlines()
    assert main(["new", "theme", "--spec", "course/course.yaml", "--json"]) == 0
    after = (folder / "course" / "course.yaml").read_text().splitlines()
    assert [line for line in after if line not in before] == ['theme: "./theme"']
    theme = Course.load(load_spec(folder / "course" / "course.yaml")).found_theme.theme
    assert theme.logo == "theme/logo.svg"
    assert theme.footer == {"de": "Course", "en": "Course"}
    assert set(files(folder / "course" / "theme")) == {"logo.svg", "theme.css", "theme.yaml"}


def test_second_theme_left_to_author(folder, capsys):
    assert main(["init", "course", "--yes"]) == 0
    spec = ["--spec", "course/course.yaml"]
    assert main(["new", "theme", *spec]) == 0
    text = (folder / "course" / "course.yaml").read_text()
    assert main(["new", "theme", "winter", *spec]) == 0
    assert (folder / "course" / "course.yaml").read_text() == text
    assert "theme: ./winter" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["slides", "../theme", ".", "/theme"])
def test_new_theme_needs_new_folder(folder, name):
    assert main(["init", "course", "--yes"]) == 0
    before = files(folder)
    assert main(["new", "theme", name, "--spec", "course/course.yaml"]) == 2
    assert files(folder) == before


def test_init_from_folder_in_place(folder, capsys):
    (folder / "my-notes").mkdir()
    (folder / "my-notes" / "tale.story").write_text("der Text ist nicht englisch")
    assert main(["init", "--from", "my-notes", "--yes"]) == 0
    spec = load_spec(folder / "my-notes" / "course.yaml")
    assert (spec.name, spec.prog_lang) == ({"de": "My Notes"}, "klingon")
    assert Course.load(spec).sections[0].topics[0].files[0].path.name == "tale.story"
    assert "see it:    clm preview my-notes/course.yaml" in capsys.readouterr().out


def test_init_from_folder_elsewhere(folder, capsys):
    (folder / "notes").mkdir()
    (folder / "notes" / "tale.story").write_text("once")
    assert main(["init", "new", "--from", "notes", "--languages", "en", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["files"] == sorted(files(folder / "new"))
    assert files(folder / "notes") == ["tale.story"]


def test_init_from_same_folder_is_in_place(folder):
    (folder / "tale.story").write_text("once")
    assert main(["init", ".", "--from", ".", "--yes"]) == 0
    assert "slides/module_100_course/topic_100_tale/.clm-include" in files(folder)
    assert main(["init", "--from", ".", "--yes"]) == 2


def test_init_from_copies_only_to_empty_folder(folder):
    for name in ("notes", "used"):
        (folder / name).mkdir()
        (folder / name / "tale.story").write_text("once")
    assert main(["init", "used", "--from", "notes", "--yes"]) == 2
    assert files(folder / "used") == ["tale.story"]


def test_init_needs_folder(folder):
    assert main(["init", "--yes"]) == 2
