"""A built course with a site, and a browser that opens its pages as files."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from clm.browser import Browser, Message, Page

SPEC = """
name: {de: Kurs, en: Course}
author: Ada Lovelace
sections:
  - {name: {de: Woche 1, en: Week 1}, topics: [intro, more]}
  - {name: {de: Woche 2, en: Week 2}, topics: [last]}
plugins:
  notebook: {evaluate: false}
  site: {enabled: true, redirects: {former: intro}}
"""
DECK = """
# j2 from 'macros.j2' import header
# {{ header("Anfang", "Beginning") }}

# %% [markdown] lang="de"
# ## Große Züge
#
# Im Donaudampfschifffahrtsmuseum gibt es élèves.
#
# ## 日本語の見出し
#
# 機械学習の入門

# %% [markdown] lang="en"
# ## Large trains
#
# Text.

# %% [markdown] tags=["notes"]
# onlyforspeakers

# %% tags=["alt"]
print("solution-word")
""".lstrip()


OTHER = """
# j2 from 'macros.j2' import header
# {{ header("Titel {0} & Co", "Title {0}") }}

# %% [markdown] lang="de"
# ## Mehr
#
# Siehe [den Anfang](clm:intro).
""".lstrip()


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The outputs of the course, with a value of the setting `page-assets`."""

    @cache
    def build(page_assets: str) -> Path:
        course = tmp_path_factory.mktemp(page_assets) / "course"
        return _built(
            course, SPEC.replace("evaluate: false", f"evaluate: false, page-assets: {page_assets}")
        )

    return build


@pytest.fixture(scope="session")
def output(built: Callable[[str], Path]) -> Path:
    return built("shared")


def _built(course: Path, spec: str) -> Path:
    decks = {"100_intro/slides_a": DECK, "110_more/slides_b": OTHER, "120_last/slides_c": OTHER}
    for name, text in decks.items():
        deck = course / "slides" / "module_100_m" / f"topic_{name}.py"
        deck.parent.mkdir(parents=True)
        deck.write_text(text.replace("{0}", name[-1]), encoding="utf-8")
    data = course / "slides/module_100_m/topic_100_intro/data/a b.csv"
    data.parent.mkdir()
    data.write_text("1,2", encoding="utf-8")
    (course / "course.yaml").write_text(spec, encoding="utf-8")
    program = shutil.which("clm", path=str(Path(sys.executable).parent))
    assert program
    command = [program, "build", "--backend", "inline", course / "course.yaml"]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return course / "output"


@pytest.fixture
def opened(browser: Browser, output: Path) -> Callable[..., Page]:
    def open_page(
        width: int = 1280,
        dark: bool = False,
        events: list[Message] | None = None,
        file: Path | None = None,
    ) -> Page:
        browser.allow(60)
        page = browser.open_page()
        if events is not None:
            page.listen(events.append)
            page.call("Network.enable")
        size = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
        page.call("Emulation.setDeviceMetricsOverride", size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        page.call("Emulation.setEmulatedMedia", {"features": [scheme]})
        page.load((file or output / "public/De/Kurs/index.html").as_uri())
        return page

    return open_page
