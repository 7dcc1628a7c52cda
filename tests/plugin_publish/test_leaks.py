"""Private text and files of a course, searched for in all that is published for students."""

from __future__ import annotations

import re
import subprocess
import zipfile
from pathlib import Path

import pytest
from clm_program import run_clm
from private_cells import CONSTRUCTS, MarkedDeck, Output, marked
from readable_text import readable_text

pytestmark = [pytest.mark.integration, pytest.mark.slow]

SPEC = """\
name: {de: Kurs, en: Course}
defaults: {evaluate: false}
sections:
  - name: {de: Woche, en: Week}
    topics: [deck, {id: globs, private: ["solutions/*"]}]
plugins:
  site: {enabled: true}
  publish:
    cohorts: {frozen: {start: 2020-01-06}}
    destinations:
      kept: {path: ../kept, cohort: frozen}
      web: {path: ../web}
      zip: {kind: zip, path: ../course.zip}
      decks: {kind: zip, path: ../decks, split: deck}
      pages: {kind: git, remote: ../remote.git, readme: true}
      moodle: {kind: moodle, path: ../moodle.imscc, package: cartridge, requirements: exact}
"""
MARK = re.compile(r"xq[A-Za-z]+qx")


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    course = tmp_path_factory.mktemp("leaks") / "course"
    deck = MarkedDeck(marked([c for c in CONSTRUCTS if not c.only]), "py:percent").text
    files = {
        "topic_100_deck/slides_deck.py": deck,
        "topic_200_globs/slides_globs.py": "# %% [markdown]\n# Text\n",
        "topic_200_globs/solutions/answer.txt": "xqSolutionqx",
        "topic_200_globs/open.txt": "for all",
    }
    for name, text in files.items():
        path = course / "slides" / "module_1_m" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (course / "course.yaml").write_text(SPEC, encoding="utf-8")
    subprocess.run(["git", "init", "-q", "--bare", course.parent / "remote.git"], check=True)
    done = run_clm("publish", cwd=course)
    assert done.returncode == 0, done.stdout + done.stderr
    return course.parent


def marks(*texts: str) -> set[str]:
    return {mark for text in texts for mark in MARK.findall(text)}


def of_archive(file: Path) -> set[str]:
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        return marks(*names, *(readable_text(archive.read(name)) for name in names))


def found_in(course: Path) -> dict[str, set[str]]:
    web, kept = (
        [path for path in (course / name).rglob("*") if path.is_file()] for name in ("web", "kept")
    )
    given = [path for path in (course / "course/.clm/publish/given").rglob("*") if path.is_file()]
    listed = ["git", "-C", course / "remote.git", "cat-file", "--batch-all-objects", "--batch"]
    history = subprocess.run(listed, capture_output=True, check=True).stdout
    return {
        "web": marks(*map(str, web), *(readable_text(path.read_bytes()) for path in web)),
        "kept": marks(*map(str, kept), *(readable_text(path.read_bytes()) for path in kept)),
        "given": marks(*(readable_text(path.read_bytes()) for path in given)),
        "record": marks((course / "course" / "published.frozen.jsonl").read_text()),
        "zip": of_archive(course / "course.zip"),
        "decks": set().union(*map(of_archive, (course / "decks").glob("*.zip"))),
        "pages": marks(readable_text(history)),
        "moodle": of_archive(course / "moodle.imscc"),
        "ledger": marks((course / "course" / "published.jsonl").read_text()),
    }


def test_only_what_students_see_published(course):
    deck = MarkedDeck(marked([c for c in CONSTRUCTS if not c.only]), "py:percent")
    outputs = [
        Output(language, kind, True, form)
        for language in ("de", "en")
        for kind in ("code-along", "completed")
        for form in ("html", "notebook", "code")
    ]
    expected = {p.mark for p in deck.placed if any(deck.seen(p, o) for o in outputs)}
    assert expected
    found = found_in(course)
    assert found.pop("record") <= expected  # it has the names of files
    assert found == {
        "web": expected, "zip": expected, "decks": expected, "pages": expected, "moodle": expected,
        "ledger": set(), "kept": expected, "given": expected,
    }  # fmt: skip


def test_nothing_of_builder_published(course):
    with zipfile.ZipFile(course / "course.zip") as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        packed = [readable_text(archive.read(info)) for info in archive.infolist()]
    log = ["git", "-C", course / "remote.git", "log", "--all", "--format=%B"]
    said = subprocess.run(log, capture_output=True, text=True, check=True).stdout
    assert said.strip() == "Publish course\n\nCLM-Published: pages"
    files = [path for path in (course / "web").rglob("*") if path.is_file()]
    texts = [*packed, *(readable_text(path.read_bytes()) for path in files)]
    assert not any(str(course) in text for text in texts)


def test_private_file_among_outputs_stops(course):
    folder = next((course / "course" / "output" / "public").rglob("Woche"))
    stray = folder / "notes.txt"
    stray.write_text("xqStrayqx")
    done = run_clm("publish", cwd=course / "course")
    stray.unlink()
    assert done.returncode == 2
    assert "notes.txt" in done.stderr
    assert "xqStrayqx" not in found_in(course)["web"]
