"""What `clm validate` says about dates, destinations and cohorts."""

from __future__ import annotations

import pytest

from clm import Diagnostic
from clm.builder.validation.course import validate_course
from clm.cli.groups import load_plugins
from clm.testing.installing import load_only

SPEC = """\
name: {de: Kurs, en: Course}
sections:
  - name: {en: Week 1}
    release: {tasks: 2027-03-01, solution: 2027-03-05}
    topics:
      - id: one
        release: 2027-02-30
      - {id: two, release: {tasks: 2027-03-08, after: soon}}
plugins:
  publish:
    cohorts:
      autumn: {start: 2027-10-04, dates: {tow: week 2, one: {tasks: 7}}}
      spring: {start: 4.4.2028}
      empty: {dates: {two: 2028-01-01}}
    destinations:
      web: {path: ../web, languages: [en, dee], files: [RAEDME.md]}
      other: {kind: fodler, path: ../other, target: studnets}
      third: {path: ../web}
      fall: {path: ../fall, cohort: autum}
      wrong: {kind: git, pth: x}
      autumn-web: {path: ../autumn, cohort: autumn}
      spring-web: {path: ../spring, cohort: spring, audience: student}
      host: {kind: rsync, remote: "ada@host:www/site"}
      host-too: {kind: rsync, remote: "ada@host:www/site"}
      host-three: {kind: rsync, remote: "ada@host:www/other"}
      option: {kind: rsync, remote: "-oX=y:www/site"}
      pages: {kind: git, remote: "https://git.example.org/a/b", launch: [binder]}
"""
EXPECTED = [
    (3, "'name' has no text for 'de'"),
    (3, "unknown key 'solution'"),
    (6, "day is out of range"),
    (8, "'soon' is no span of time"),
    (12, "'dates' name 'tow', which is no section or topic"),
    (12, "7 for 'tasks' is no date"),
    (13, "'4.4.2028' is no date"),
    (14, "the cohort 'empty' has no destinations"),
    (16, "the course has no language 'dee'"),
    (16, "'RAEDME.md' in 'files' does not exist"),
    (17, "there is no kind 'fodler'"),
    (17, "there is no target 'studnets'"),
    (18, "'web' and 'third' have the same place"),
    (19, "there is no cohort 'autum'"),
    (20, "unknown key 'pth'"),
    (22, "is not one of students, speakers"),
    (24, "'host' and 'host-too' have the same place"),
    (26, "'-oX=y:www/site' is no address"),
    (27, "notebooks are opened from repositories on github.com"),
]


@pytest.fixture
def spec(tmp_path, monkeypatch):
    load_only(monkeypatch, ["notebook", "publish"])
    for topic in ("one", "two"):
        file = tmp_path / "slides" / "module_1_m" / f"topic_1_{topic}" / f"slides_{topic}.py"
        file.parent.mkdir(parents=True)
        file.write_text("# %% [markdown]\n# Text\n")
    spec = tmp_path / "course.yaml"
    spec.write_text(SPEC)
    return spec


def problems(spec) -> tuple[Diagnostic, ...]:
    return validate_course(spec, load_plugins()).diagnostics


def test_each_wrong_value_has_place(spec):
    found = [(p.place.line, p.message) for p in problems(spec)]
    for line, message in EXPECTED:
        assert [entry for entry in found if entry[0] == line and message in entry[1]], message
    assert len(found) == len(EXPECTED), found


@pytest.mark.parametrize(
    ("message", "near"),
    [("'fodler'", "folder"), ("'autum'", "autumn"), ("'tow'", "two"), ("'solution'", "solutions")],
)
def test_near_names_suggested(spec, message, near):
    (found,) = [p for p in problems(spec) if message in p.message]
    assert f"did you mean '{near}'?" in found.hint


def test_dates_of_course_need_start(spec):
    spec.write_text("sections: [{name: W, release: week 2, topics: [one, two]}]\nname: C\n")
    (found,) = problems(spec)
    assert "no 'start'" in found.message


def test_dates_of_cohorts_need_none_of_course(spec):
    spec.write_text(
        "name: C\nsections: [{name: W, release: week 2, topics: [one, two]}]\nplugins: {publish: "
        "{cohorts: {a: {start: 2027-10-04}}, destinations: {w: {path: ../w, cohort: a}}}}\n"
    )
    assert problems(spec) == ()
