"""A course whose parts are released during a term, day by day with a clock of the test."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from published_decks import DeckCourse
from published_term import contents
from readable_text import readable_text

from clm.cli.main import main
from clm.testing.course_project import files_below

pytestmark = pytest.mark.integration

SPEC = """\
name: {de: Kurs, en: Course}
defaults: {evaluate: false}
sections:
  - name: {de: Woche 1, en: Week 1}
    release: {tasks: 2027-03-01, after: 4 days}
    topics: [one, {id: two, release: {tasks: 2027-03-08T12:00}}]
  - name: {de: Woche xqthreename, en: Week xqthreename}
    release: {tasks: 2027-04-02, solutions: after 1 week}
    dir-groups: [{name: {de: Daten, en: Data}, path: group}]
    topics: [three]
plugins:
  site: {enabled: true}
  publish:
    time-zone: Europe/Berlin
    holidays: [2027-04-02/2027-04-05]
    destinations:
      web: {path: ../web}
      zips: {kind: zip, path: ../zips, split: section}
      zip: {kind: zip, path: ../course.zip, languages: [en]}
      pages: {kind: git, remote: ../remote.git}
"""
MARK = re.compile(r"xq[a-z]+")
ONE_T, ONE_S = {"xqonetask", "xqonedata"}, {"xqonesolution"}
TWO_T, TWO_S = {"xqtwotask", "xqtwodata"}, {"xqtwosolution"}
THREE_T, THREE_S = (
    {"xqthreetask", "xqthreedata", "xqthreename", "xqthreegroup"},
    {"xqthreesolution"},
)
FIRST = ONE_T | ONE_S | TWO_T
DAYS = [
    ("2027-02-28T23:59", set()),
    ("2027-03-01T00:00", ONE_T),
    ("2027-03-05T00:00", ONE_T | ONE_S),
    ("2027-03-08T12:00", FIRST),
    ("2027-04-05T00:00", FIRST | TWO_S),
    ("2027-04-06T00:00", FIRST | TWO_S | THREE_T),
    ("2027-04-13T00:00", FIRST | TWO_S | THREE_T | THREE_S),
]
# The solutions of topic two have the span of their section: 4 days after its own tasks.


@pytest.fixture
def term(decks: DeckCourse) -> Path:
    course = decks.write(SPEC, ("one", "two", "three"))
    (course / "group").mkdir()
    (course / "group" / "g.txt").write_text("xqthreegroup")
    return course


def marks_in(folder: Path) -> set[str]:
    """All marks in names and contents below a folder, also in archives."""
    texts = []
    for file in files_below(folder) if folder.exists() else ():
        if file.name != ".clm-published.json":
            texts += [file.relative_to(folder).as_posix(), *_texts(file)]
    return {mark for text in texts for mark in MARK.findall(text)}


def _texts(file: Path) -> list[str]:
    if file.suffix != ".zip":
        return [readable_text(file.read_bytes())]
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        return [*names, *(readable_text(archive.read(name)) for name in names)]


def marks_in_history(remote: Path) -> set[str]:
    """All marks in any object of a repository, reachable or not, and in names."""
    git = ["git", "-C", str(remote)]
    listed = [*git, "cat-file", "--batch-all-objects", "--batch"]
    data = subprocess.run(listed, capture_output=True, check=True).stdout
    return set(MARK.findall(readable_text(data)))


def test_each_day_has_what_is_due(term, publish, tmp_path):
    before: set[str] = set()
    for day, expected in DAYS:
        assert publish(day) == 0, day
        found = {place: marks_in(tmp_path / place) for place in ("web", "zips")}
        found["git"] = marks_in_history(tmp_path / "remote.git")
        assert found == dict.fromkeys(found, expected), day
        single = tmp_path / "course.zip"
        assert (
            {*MARK.findall("\n".join(_texts(single)))} if single.exists() else set()
        ) == expected
        # Names, and so numbers of decks, stay.
        files = set(contents(tmp_path / "web"))
        assert before <= files
        before = files
    assert len((term / "published.jsonl").read_text().splitlines()) == 4 * 6


def test_speakers_have_everything(term, publish, tmp_path):
    staff = "    destinations:\n      staff: {path: ../staff, audience: speakers}\n"
    (term / "course.yaml").write_text(SPEC.replace("    destinations:\n", staff))
    assert publish("2027-01-01", "staff") == 0
    whole = FIRST | TWO_S | THREE_T | THREE_S
    speakers = {"xqonespeaker", "xqtwospeaker", "xqthreespeaker"}
    assert marks_in(tmp_path / "staff") == whole | speakers


def test_equal_to_build_of_what_is_due(term, publish, tmp_path):
    publish("2027-03-05", "web")
    other = tmp_path / "other"
    shutil.copytree(term / "slides", other / "slides")
    before, _, _ = SPEC.partition("  - name: {de: Woche xqthreename")
    spec = before.replace(", {id: two, release: {tasks: 2027-03-08T12:00}}", "")
    (other / "course.yaml").write_text(f"{spec}plugins: {{site: {{enabled: true}}}}\n")
    assert main(["build", str(other / "course.yaml")]) == 0
    built = contents(other / "output")
    published = contents(tmp_path / "web")
    assert published == {p: d for p, d in built.items() if p.startswith("public/")}


def test_as_of_publishes_nothing(term, publish, tmp_path, capsys):
    assert publish("2027-01-01", "web", "--as-of", "2027-03-08") == 0
    assert not (tmp_path / "web").exists()
    assert marks_in(term / ".clm" / "publish" / "as-of" / "public") == FIRST
    assert "two" in capsys.readouterr().out


def test_cohort_has_its_own_dates(term, publish, tmp_path):
    spec = term / "course.yaml"
    own = "{path: ../autumn, dates: {one: 2027-10-01, three: {tasks: 2027-11-01}}}"
    spec.write_text(SPEC.replace("web: {path: ../web}", f"web: {own}\n      all: {{path: ../web}}"))
    assert publish("2027-10-01", "web") == 0
    assert publish("2027-10-01", "all") == 0
    assert marks_in(tmp_path / "autumn") == ONE_T | ONE_S
    assert marks_in(tmp_path / "web") == FIRST | TWO_S | THREE_T | THREE_S
    assert publish("2028-10-01", "web") == 0
    assert marks_in(tmp_path / "autumn") == ONE_T | ONE_S | THREE_T


def test_due_waits_for_next_release(term, publish, tmp_path, capsys):
    assert publish("2027-03-01", "web") == 0
    deck = term / "slides" / "module_1" / "topic_1_one" / "one.txt"
    deck.write_text("xqonedata xqedited")
    capsys.readouterr()
    assert publish("2027-03-04T23:00", "web", "--due") == 0
    assert (capsys.readouterr().out, "xqedited" in marks_in(tmp_path / "web")) == ("", False)
    assert publish("2027-03-05", "web", "--due") == 0
    assert marks_in(tmp_path / "web") == ONE_T | ONE_S | {"xqedited"}


def test_broken_deck_of_future_stops_nothing(term, publish, tmp_path):
    deck = term / "slides" / "module_1" / "topic_3_three" / "slides_three.py"
    deck.write_text("# %% [markdown\nbroken {{")
    assert publish("2027-03-01", "web") == 0
    assert marks_in(tmp_path / "web") == ONE_T
