"""Converter: makes the front page and the search index of a course in one language."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from clm import Job, Result, Worker, tokens_css
from clm_plugin_site.page_text import PageText, page_text
from clm_plugin_site.payload import SiteDeck, SitePayload
from clm_plugin_site.planning import FRONT_PAGE, SEARCH_INDEX
from clm_plugin_site.words import format_label, words_for

_SUMMARY = 160
_LANGUAGE_NAMES = {
    "de": "Deutsch",
    "en": "English",
    "es": "Español",
    "fr": "Français",
    "it": "Italiano",
    "nl": "Nederlands",
    "pl": "Polski",
    "pt": "Português",
}


class SiteWorker(Worker):
    """Makes sites. Everything in one is from the payload and from the pages that are its inputs."""

    def start(self) -> None:
        """Compile the template."""
        environment = Environment(
            loader=FunctionLoader(_static),
            autoescape=True,
            trim_blocks=True,
            lstrip_blocks=True,
            undefined=StrictUndefined,
        )
        environment.filters["language_name"] = lambda code: _LANGUAGE_NAMES.get(code, code)
        self._template = environment.get_template("front.html.j2")

    def convert(self, payload: SitePayload, job: Job) -> Result:
        """Return the front page and the search index."""
        decks = [deck for section in payload.sections for deck in section.decks if deck.page]
        texts = {
            deck.page: page_text((job.folder / deck.page).read_text(encoding="utf-8"))
            for deck in decks
        }
        index = _search_index([(deck, texts[deck.page]) for deck in decks])
        page = self._template.render(
            payload=payload,
            words=words_for(payload.language),
            summaries={page: _summary(text) for page, text in texts.items()},
            label=lambda link: format_label(link.kind, link.format, payload.language),
            styles=Markup(tokens_css() + _static("site.css")),
            script=Markup(_static("site.js")),
            search=SEARCH_INDEX,
        )
        return Result({FRONT_PAGE: page.encode(), SEARCH_INDEX: index.encode()})


def _search_index(decks: list[tuple[SiteDeck, PageText]]) -> str:
    """A classic script, since pages that are opened as files may load nothing else."""
    data: Mapping[str, Any] = {
        "pages": [[deck.url, deck.title] for deck, _ in decks],
        "parts": [
            [number, part.id, part.heading, part.text]
            for number, (_, text) in enumerate(decks)
            for part in text.parts
        ],
    }
    script = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    # Text of a course must not end the script, nor be read as another line by old browsers.
    for character in "<\u2028\u2029":
        script = script.replace(character, f"\\u{ord(character):04x}")
    return f"siteIndex={script};\n"


def _summary(text: PageText) -> str:
    summary = text.first_paragraph
    if len(summary) <= _SUMMARY:
        return summary
    return summary[:_SUMMARY].rsplit(" ", 1)[0].rstrip(".,;: ") + " …"


@cache
def _static(name: str) -> str:
    return (files(__package__) / "static" / name).read_text(encoding="utf-8")
