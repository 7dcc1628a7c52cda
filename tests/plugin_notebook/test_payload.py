"""Payloads of decks."""

from __future__ import annotations

from clm_plugin_notebook.payload import NotebookOutput, SiteLinks


def test_outputs_are_keys() -> None:
    site = SiteLinks("index.html", "Course", "Week 1", alternates={"de": "../de/a.html"})
    output = NotebookOutput(
        "page", "en", "completed", "html", "Lists", True, site=(site,), shared={"a.css": "../a.css"}
    )
    assert {output: 1}[output] == 1
