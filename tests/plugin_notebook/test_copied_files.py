"""Warnings about files that are copied beside sanitised pages."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

import pytest
from attrs import evolve

from clm import Diagnostic, SourceFile
from clm_plugin_notebook import validation
from clm_plugin_notebook.payload import NotebookSettings
from clm_plugin_notebook.plugin import clm_job_types

DECK = '# %% [markdown] lang="en" tags=["slide"]\n# # A\n'
SCRIPT = "<svg>\n<script>x</script></svg>"
REMOTE = "https://h.example/a.png"


def warnings(topic: Any, name: str, text: str, html: str = "sanitised") -> list[str]:
    """The warnings of a build about a deck with this file; those of `validate` are the same."""
    settings = NotebookSettings(html=html, evaluate=False)
    topic.context = evolve(topic.context, settings=settings)
    topic.files[name] = text.encode()
    built = topic.convert(DECK).diagnostics
    assert set(built) == set(checked(topic))
    return [f"{d.place}: {d.message}" for d in built]


def checked(topic: Any) -> list[Diagnostic]:
    (job_type,) = clm_job_types()
    path = topic.folder / "slides" / topic.name
    source = SourceFile(path, PurePosixPath(topic.name), f"slides/{topic.name}", "")
    context = evolve(topic.context, requests=tuple(topic.requests(DECK)))
    assert job_type.check is not None
    return list(job_type.check(source, context))


@pytest.mark.parametrize("name", ["img/a.svg", "a.SVG", "page.html", "page.xhtml", "page.xml"])
def test_script_of_copied_file_warned(topic: Any, name: str) -> None:
    (warning,) = warnings(topic, name, SCRIPT)
    assert warning.startswith(f"slides/{name}:2: ")
    assert "copies this file, which runs scripts if opened: `<script`" in warning


@pytest.mark.parametrize(
    "text",
    [
        f'<svg>\n<image href="{REMOTE}"/></svg>',
        f"<svg>\n<style>a {{fill: url({REMOTE})}}</style></svg>",
        f"<p>\n<img src='{REMOTE}'></p>",
    ],
)
def test_load_of_copied_file_warned(topic: Any, text: str) -> None:
    (warning,) = warnings(topic, "a.svg", text)
    assert warning == f"slides/a.svg:2: the file loads this from the network if opened: {REMOTE}"


def test_packed_file_warned(topic: Any) -> None:
    (warning,) = warnings(topic, "a.svgz", "")
    assert "a svgz file, which may have any script" in warning


def test_large_page_also_validated(topic: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validation, "_MAX_READ", 10)
    (warning,) = warnings(topic, "a.svg", SCRIPT)
    assert "`<script`" in warning


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.svg", '<svg><a href="https://h.example/"><rect/></a></svg>'), ("a.py", SCRIPT)],
)
def test_harmless_file_not_warned(topic: Any, name: str, text: str) -> None:
    assert warnings(topic, name, text) == []


def test_file_as_written_not_warned(topic: Any) -> None:
    assert warnings(topic, "a.svg", SCRIPT, "as-written") == []
