"""A cohort that reads real decks on a site, while the course and its looks change."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from published_decks import DeckCourse
from published_term import contents, contents_of_branch
from readable_text import readable_text

pytestmark = pytest.mark.integration

SPEC = """\
name: {de: Kurs, en: Course}
defaults: {evaluate: false}
sections:
  - name: {de: Woche 1, en: Week 1}
    release: {tasks: week 1, after: 4 days}
    topics: [one]
  - name: {de: Woche 2, en: Week 2}
    release: {tasks: week 2, after: 4 days}
    topics: [two]
plugins:
  notebook: {page-assets: shared}
  site: {enabled: true}
  publish:
    time-zone: Europe/Berlin
    cohorts: {spring: {start: 2027-03-01}}
    destinations:
      web: {path: ../web, cohort: spring, languages: [en]}
      pages: {kind: git, remote: ../remote.git, cohort: spring, languages: [en]}
"""
MARK = re.compile(r"xq[a-z]+")
LINK = re.compile(rb'(?:href|src)="([^"#?]+)')
LISTS = {"index.html", "pages.js", "search.js", "404.html", "site.js", "site.css"}


@pytest.fixture
def course(decks: DeckCourse) -> Path:
    return decks.write(SPEC, ("one", "two"))


def marks(files: dict[str, bytes]) -> set[str]:
    texts = [*files, *map(readable_text, files.values())]
    return {mark for text in texts for mark in MARK.findall(text)}


def dead_links(files: dict[str, bytes]) -> set[tuple[str, str]]:
    """The pages with what they link to and is not there; those of other languages are left out."""
    found = set()
    for path, data in files.items():
        for link in LINK.findall(data) if path.endswith(".html") else ():
            target = unquote(link.decode())
            if re.match(r"[a-z]+:|//", target) or "/De/" in target:
                continue
            parts: list[str] = path.split("/")[:-1]
            for part in target.split("/"):
                parts = parts[:-1] if part == ".." else parts if part == "." else [*parts, part]
            if "/".join(filter(None, parts)) not in files:
                found.add((path, target))
    return found


def test_given_decks_stay_on_a_whole_site(course, publish, tmp_path):
    assert publish("2027-03-01", "spring") == 0
    before = contents(tmp_path / "web")
    assert marks(before) == {"xqonetask", "xqonedata"}
    assert dead_links(before) == set()
    deck = course / "slides" / "module_1" / "topic_1_one" / "slides_one.py"
    deck.write_text(deck.read_text().replace("## Part", "## xqedited part"))
    # Other looks have style sheets with other names.
    spec = course / "course.yaml"
    spec.write_text(f"{spec.read_text()}theme: {{colors: {{accent: '#225500'}}}}\n")
    assert publish("2027-03-08", "spring") == 0
    after = contents(tmp_path / "web")
    assert contents_of_branch(tmp_path / "remote.git") == after
    assert dead_links(after) == set()
    changed = {p for p in before if before[p] != after.get(p) and "/go/" not in p}
    assert {p.rpartition("/")[2] for p in changed} <= LISTS
    lessons = {p: d for p, d in after.items() if "Code-Along" in p and "Week 1" in p}
    assert lessons and "xqedited" not in marks(lessons)
    given = {"xqonetask", "xqonesolution", "xqonedata", "xqtwotask", "xqtwodata"}
    assert marks(after) == given | {"xqedited"}
    new_sheets = {p for p in after if p.endswith(".css")} - {
        p for p in before if p.endswith(".css")
    }
    assert new_sheets


def test_correction_reaches_site(course, publish, tmp_path):
    publish("2027-03-01", "spring")
    deck = course / "slides" / "module_1" / "topic_1_one" / "slides_one.py"
    deck.write_text(deck.read_text().replace("## Part", "## xqedited part"))
    assert publish("2027-03-02", "spring") == 0
    assert "xqedited" not in marks(contents(tmp_path / "web"))
    assert publish("2027-03-02", "spring", "--correct", "one", "--note", "a mistake") == 0
    after = contents(tmp_path / "web")
    assert marks(after) == {"xqonetask", "xqonedata", "xqedited"}
    assert dead_links(after) == set()
    assert '"note": "a mistake"' in (course / "published.jsonl").read_text()
