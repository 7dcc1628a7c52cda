"""A term of twelve weeks, day by day: each tree is what the schedule says, and nothing else.

The course publishes to a folder as it is; one cohort has an archive and a kind of a plugin, another
one, which begins two weeks later, has a branch of a repository. Each Wednesday a lesson that was
given before is changed. What is expected is reckoned here, without CLM.
"""

from __future__ import annotations

import json
import shutil
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from attrs import define, field
from one_file_plugin import install_plugin
from published_term import (
    Term,
    contents,
    contents_of_branch,
    contents_of_zip,
    marks,
    marks_in_history,
)
from shelf_plugin import SHELF, shelved

from clm.testing.installing import load_only

pytestmark = pytest.mark.slow

SECTIONS = {"A": ["a1", "a2", "a3", "a4"], "B": ["b1", "b2", "b3"], "C": ["c1", "c2", "c3", "c4"]}
TOPICS = [topic for topics in SECTIONS.values() for topic in topics]
FIRST = date(2027, 3, 1)
LATER = date(2027, 3, 15)
HOLIDAYS = {date(2027, 3, 29) + timedelta(days=n) for n in range(5)}
KINDS = {"Code-Along": "t", "Completed": "s"}
NAMES = {"de": "public/De/Kurs/Folien/Text", "en": "public/En/Course/Slides/Text"}


def spec(topics: list[str], plugins: str) -> str:
    lines = ["name: {de: Kurs, en: Course}", "sections:"]
    for name, members in SECTIONS.items():
        if found := [topic for topic in members if topic in topics]:
            entries = ", ".join(f"{{id: {topic}, release: {release(topic)}}}" for topic in found)
            lines += [f"  - name: {{de: {name}, en: {name}}}", f"    topics: [{entries}]"]
    return "\n".join([*lines, plugins])


def release(topic: str) -> str:
    return f"{{tasks: week {TOPICS.index(topic) + 1}, after: 4 days 12:00}}"


PLUGINS = """\
plugins:
  publish:
    time-zone: Europe/Berlin
    start: 2027-03-01
    holidays: [2027-03-29/2027-04-02]
    cohorts:
      first: {start: 2027-03-01}
      later: {start: 2027-03-15}
    destinations:
      web: {path: ../web}
      zip: {kind: zip, path: ../first.zip, cohort: first}
      shelf: {kind: shelf, options: {file: ../shelf.jsonl}, cohort: first}
      pages: {kind: git, remote: ../remote.git, cohort: later, languages: [en]}
"""


def due(topic: str, kind: str, start: date) -> datetime:
    """When a kind of a topic is released, as clocks show it."""
    day = start + timedelta(weeks=TOPICS.index(topic))
    while day in HOLIDAYS:
        day += timedelta(days=1)
    at = datetime.combine(day, datetime.min.time())
    if kind == "Completed":
        at += timedelta(days=4, hours=12)
        while at.date() in HOLIDAYS:
            at += timedelta(days=1)
    return at


@define
class Expected:
    """What readers have: the revisions of topics by kind, frozen if they are a cohort."""

    start: date
    is_frozen: bool
    given: dict[tuple[str, str], int] = field(factory=dict)

    def advance(self, now: datetime, revisions: dict[str, int], again: str = "") -> None:
        for topic in TOPICS:
            for kind in KINDS:
                is_new = not self.is_frozen or (topic, kind) not in self.given or topic == again
                if due(topic, kind, self.start) <= now and is_new:
                    self.given[topic, kind] = revisions[topic]

    def files(self) -> dict[str, bytes]:
        found: dict[str, bytes] = {}
        for language, root in NAMES.items():
            lessons = []
            for (topic, kind), revision in self.given.items():
                section = topic[0].upper()
                number = SECTIONS[section].index(topic) + 1
                path = f"{kind}/{section}/{number:02} {topic}.txt"
                mark = f"{topic}{revision or ''}"
                texts = [language, f"xqt{mark}qx", *([f"xqs{mark}qx"] * (kind == "Completed")), ""]
                found[f"{root}/{path}"] = "\n".join(texts).encode()
                found[f"{root}/{kind}/{section}/{topic}.csv"] = f"xqd{mark}qx".encode()
                lessons.append(f"{'/'.join(root.split('/')[3:])}/{path}")
            if lessons:
                top = "/".join(root.split("/")[:3])
                found[f"{top}/contents.txt"] = "\n".join([*sorted(lessons), ""]).encode()
        return found


@pytest.fixture
def weeks(term: Term, shout: Path, monkeypatch: pytest.MonkeyPatch) -> Term:
    install_plugin(shout, "shelf", SHELF)
    load_only(monkeypatch, ["lessons", "publish", "shelf"])
    (term.path / "course.yaml").write_text(spec(TOPICS, PLUGINS))
    for topic in TOPICS:
        term.lesson(topic)
    return term


def test_each_day_has_what_is_due(weeks):
    plain, first, later = Expected(FIRST, False), Expected(FIRST, True), Expected(LATER, True)
    revisions = dict.fromkeys(TOPICS, 0)
    ever: set[str] = set()
    on_shelf: set[str] = set()
    for number in range(-1, 12 * 7):
        day = FIRST + timedelta(days=number)
        again = "a2" if number == 40 else ""
        if day.weekday() == 2 and number > 7:
            changed = TOPICS[number // 14]
            revisions[changed] += 1
            weeks.lesson(changed, revisions[changed])
        weeks.now = f"{day}T12:00"
        now = datetime.fromisoformat(weeks.now)
        for readers in (plain, first, later):
            readers.advance(now, revisions, again if readers is first else "")
        if again:
            weeks.publish("first", correct=(again,), note="a mistake")
        weeks.publish()
        assert contents(weeks.parent / "web") == plain.files(), day
        assert contents_of_zip(weeks.parent / "first.zip") == first.files(), day
        assert shelved(weeks.parent / "shelf.jsonl") == first.files(), day
        english = {p: d for p, d in later.files().items() if p.startswith("public/En")}
        assert contents_of_branch(weeks.parent / "remote.git") == english, day
        ever |= marks(english)
        on_shelf |= marks(first.files())
    assert marks_in_history(weeks.parent / "remote.git") == ever
    assert marks((weeks.parent / "shelf.jsonl").read_bytes()) == on_shelf
    assert len(ever) > 20
    notes = [json.loads(line) for line in (weeks.path / "published.jsonl").read_text().splitlines()]
    corrected = [entry["destination"] for entry in notes if entry.get("corrected")]
    assert corrected == ["zip", "shelf"]


def test_nothing_of_future_in_history_of_any_day(weeks):
    """With the publication of one day after another, also by `--due`, and with one left out."""
    later = Expected(LATER, True)
    for number in range(13, 50, 3):
        day = FIRST + timedelta(days=number)
        weeks.now = f"{day}T12:00"
        later.advance(datetime.fromisoformat(weeks.now), dict.fromkeys(TOPICS, 0))
        weeks.publish("pages", due=True)
        assert marks_in_history(weeks.parent / "remote.git") == marks(later.files()), day


@pytest.mark.parametrize("week", [1, 4, 6, 11])
def test_equal_to_build_of_what_is_due(weeks, week):
    sunday = FIRST + timedelta(days=7 * week - 1)
    weeks.now = f"{sunday}T12:00"
    now = datetime.fromisoformat(weeks.now)
    weeks.publish("web")
    released = [topic for topic in TOPICS if due(topic, "Completed", FIRST) <= now]
    begun = [topic for topic in TOPICS if due(topic, "Code-Along", FIRST) <= now]
    assert begun == released  # on no Sunday but the one of the holidays a solution is missing
    other = Term(weeks.parent / "other", plugins=weeks.plugins)
    other.path.mkdir()
    shutil.copytree(weeks.path / "slides", other.path / "slides")
    (other.path / "course.yaml").write_text(spec(released, ""))
    build = other.course().build(quiet=True)
    assert build.ok
    built = contents(other.path / "output")
    assert contents(weeks.parent / "web") == {
        path: data for path, data in built.items() if path.startswith("public/")
    }
    assert marks(contents(weeks.parent / "web")) < marks(built)  # speakers' notes
