"""Builds of courses whose pages share style sheets, scripts, fonts and logos."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from clm.browser import Browser
from clm.builder import Outcome
from clm.builder.options import BuildFilter
from clm.programs import find_browser
from clm.testing import CourseProject, MakeProject, outcomes
from clm_plugin_notebook.pages.pdf import show

pytestmark = pytest.mark.integration

DECK = "# %% [markdown]\n# # Title\n"
MATHS = "# %% [markdown]\n# # Formula\n#\n# $x^2$\n"
BROKEN = "# %% [markdown\n# # Title\n"
SVG = '<svg xmlns="http://www.w3.org/2000/svg"/>'
TARGETS = """
output-targets:
  - {path: students, kinds: [completed], formats: [html, slides]}
  - {path: teachers, kinds: [speaker], formats: [html, slides]}
"""
SHARED, EMBEDDED = "shared", "embedded"


@pytest.fixture
def course(course_project: MakeProject) -> CourseProject:
    course = course_project(
        {"intro/slides_a.py": DECK, "more/slides_b.py": DECK.replace("Title", "Other")},
        plugins=["notebook"],
    )
    return with_setting(course, SHARED)


def with_setting(course: CourseProject, value: str, more: str = TARGETS) -> CourseProject:
    course.settings = {"notebook": {"evaluate": False, "page_assets": value}}
    course.more_spec = more
    course.write_spec()
    return course


def names(course: CourseProject, tree: str) -> set[str]:
    """The names of what the pages of a tree share, without their digests."""
    folders = (course.path / tree).rglob("assets")
    found = (file.name for folder in folders for file in folder.iterdir())
    return {re.sub(r"\.[0-9a-f]{12}\.", ".", name) for name in found}


def pages(course: CourseProject) -> list[Path]:
    return sorted(course.path.rglob("*.html"))


def loaded(page: Path) -> list[Path]:
    """The files that a page loads."""
    urls = re.findall(r'(?:src|href)="([^"#]+)"', page.read_text(encoding="utf-8"))
    return [page.parent / url for url in urls if not url.startswith(("data:", "https:"))]


def test_pages_share_only_what_they_need(course: CourseProject) -> None:
    assert course.build().ok
    of_pages = {"page.css", "page.js", "slides.css", "slides.js", "reveal.js"}
    assert names(course, "students") == of_pages
    assert names(course, "teachers") == of_pages | {"notes.js"}
    assert all(file.is_file() for page in pages(course) for file in loaded(page))
    assert all("<style>" not in page.read_text(encoding="utf-8") for page in pages(course))


@pytest.mark.parametrize(
    ("text", "script"),
    [(MATHS, "mathjax.js"), ("# %% [markdown]\n# ```mermaid\n# graph LR\n# ```\n", "mermaid.js")],
)
def test_large_script_shared_if_needed(course: CourseProject, text: str, script: str) -> None:
    course.add("more/slides_b.py", text)
    assert course.build().ok
    assert script in names(course, "students")
    (page,) = (course.path / "students").glob("En/Course/*/Html/**/02 *.html")
    assert script.partition(".")[0] in str(loaded(page)[-2])
    assert page.stat().st_size < 3000


def test_build_without_change_writes_nothing(course: CourseProject) -> None:
    course.build()
    report = course.build()
    assert set(outcomes(report).values()) == {Outcome.SKIPPED}
    assert (report.files_written, report.files_removed) == (0, 0)


def test_lost_shared_file_written_again(course: CourseProject) -> None:
    course.build()
    lost = next((course.path / "students").rglob("page.*.css"))
    text = lost.read_bytes()
    lost.unlink()
    report = course.build()
    assert set(outcomes(report).values()) == {Outcome.SKIPPED}
    assert (lost.read_bytes(), report.files_written) == (text, 1)


def test_setting_to_and_fro_leaves_nothing(course: CourseProject) -> None:
    with_setting(course, EMBEDDED).build()
    before = {file: file.read_bytes() for file in pages(course)}
    with_setting(course, SHARED).build()
    assert names(course, "students")
    with_setting(course, EMBEDDED).build()
    assert {file: file.read_bytes() for file in pages(course)} == before
    assert not list((course.path / "students").rglob("assets"))


def test_broken_deck_leaves_others_complete(course: CourseProject) -> None:
    course.add("more/slides_b.py", BROKEN)
    assert not course.build().ok
    assert "page.css" in names(course, "students")
    assert pages(course)
    assert all(file.is_file() for page in pages(course) for file in loaded(page))


def test_page_of_failed_deck_keeps_files(course: CourseProject) -> None:
    with_setting(course, SHARED, TARGETS + 'theme: {colors: {accent: "#0b5394"}}\n').build()
    course.add("more/slides_b.py", BROKEN)
    with_setting(course, SHARED).build()
    assert "brand.css" in names(course, "students")
    assert all(file.is_file() for page in pages(course) for file in loaded(page))
    course.add("more/slides_b.py", DECK)
    course.build()
    assert "brand.css" not in names(course, "students")


def test_selected_deck_brings_its_files(course: CourseProject) -> None:
    course.add("more/slides_b.py", MATHS)
    course.build(filter=BuildFilter(only=("intro",)))
    assert "page.css" in names(course, "students")
    assert "mathjax.js" not in names(course, "students")
    course.build()
    course.build(filter=BuildFilter(only=("intro",)))
    assert "mathjax.js" in names(course, "students")


def test_selected_target_gets_its_files(course: CourseProject) -> None:
    course.build(filter=BuildFilter(targets=("students",)))
    assert names(course, "students")
    assert not names(course, "teachers")


def test_theme_shared(course: CourseProject) -> None:
    house = course.path / "house"
    house.mkdir()
    (house / "theme.yaml").write_text("logo: logo.svg\nfonts: {code: x.woff2}\n", "utf-8")
    (house / "theme.css").write_text("h1 { color: red }\n", "utf-8")
    (house / "logo.svg").write_text(SVG, "utf-8")
    (house / "x.woff2").write_bytes(b"wOF2")
    with_setting(course, SHARED, f"{TARGETS}theme: ./house\n")
    assert course.build().ok
    assert {"brand.css", "theme.css", "logo.svg", "x.woff2"} <= names(course, "students")
    assert all(file.is_file() for page in pages(course) for file in loaded(page))
    brand = next((course.path / "students").rglob("brand.*.css"))
    urls = re.findall(r'url\("([^"]+)"\)', brand.read_text(encoding="utf-8"))
    assert urls and all((brand.parent / url).is_file() for url in urls)
    styles = [file.name.split(".")[0] for file in loaded(pages(course)[0]) if file.suffix == ".css"]
    assert styles == ["page", "brand", "theme"]


def test_results_hold_no_shared_files(course: CourseProject) -> None:
    def size(setting: str) -> int:
        other: Any = with_setting(course, setting)
        other.build()
        cache = course.path / ".clm" / "clm_cache.db"
        return cache.stat().st_size

    shared = size(SHARED)
    assert size(EMBEDDED) > 4 * shared


@pytest.mark.slow
@pytest.mark.skipif(find_browser() is None, reason="no browser found")
def test_shared_scripts_run_from_files(course: CourseProject) -> None:
    course.add("more/slides_b.py", f'{MATHS}\n# %% [markdown] tags=["notes"]\n# Note\n')
    assert course.build().ok
    program = find_browser()
    assert program is not None
    with Browser(program) as browser:
        for tree in ("students", "teachers"):
            html, slides = (
                next((course.path / tree).glob(f"En/*/*/{folder}/*/*/02 *.html"))
                for folder in ("Html", "Presentations")
            )
            page = show(browser, html.as_uri())
            assert page.evaluate("document.querySelectorAll('mjx-container').length") == 1
            deck = show(browser, slides.as_uri())
            assert deck.evaluate("document.querySelectorAll('mjx-container').length") == 1
            assert deck.evaluate("Reveal.isReady()") is True
            assert deck.evaluate("Boolean(Reveal.getPlugin('notes'))") == (tree == "teachers")
            for shown in (page, deck):
                shown.close()
