"""Hypothesis strategies: course specs and decks as authors write them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

__all__ = ["code_lines", "course_specs", "decks", "names", "titles"]

LANGUAGES = ("de", "en")
_SLIDE_TAGS = ("slide", "subslide", "notes", "voiceover", "")
_CELL_TAGS = ("keep", "alt", "start", "del", "")


def titles() -> st.SearchStrategy[str]:
    """Single-line titles in any script."""
    characters = st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp"])
    # A title needs at least one character that is valid in file names.
    return st.builds("{}{}".format, st.sampled_from("AbÄж7"), st.text(characters, max_size=20))


def names() -> st.SearchStrategy[str]:
    """Names of topics and files, without a suffix."""
    return st.from_regex(r"[a-z][a-z0-9]{0,8}(_[a-z0-9]{1,5})?", fullmatch=True)


@st.composite
def course_specs(draw: st.DrawFn, topics: Sequence[str] = ("introduction", "loops")) -> str:
    """Texts of valid course specs in which each of the topics is in one section.

    The text is JSON and therefore YAML.
    """
    languages = draw(st.lists(st.sampled_from(LANGUAGES), min_size=1, unique=True))
    sections = draw(st.lists(_by_language(languages), min_size=1, max_size=3, unique_by=str))
    places = [draw(st.integers(0, len(sections) - 1)) for _ in topics]
    spec: dict[str, Any] = {
        "name": draw(_by_language(languages)),
        "sections": [
            {
                "name": name,
                "topics": [
                    _topic(draw, t) for t, at in zip(topics, places, strict=True) if at == number
                ],
            }
            for number, name in enumerate(sections)
        ],
    }
    for key in draw(st.lists(st.sampled_from(["author", "prog-lang"]), unique=True)):
        spec[key] = "python" if key == "prog-lang" else draw(titles())
    return json.dumps(
        spec, ensure_ascii=draw(st.booleans()), indent=draw(st.sampled_from([None, 2]))
    )


def _topic(draw: st.DrawFn, topic: str) -> Any:
    if draw(st.booleans()):
        return topic
    return {"id": topic, **draw(st.fixed_dictionaries({}, optional={"author": titles()}))}


def _by_language(languages: Sequence[str]) -> st.SearchStrategy[Mapping[str, str]]:
    return st.fixed_dictionaries({language: titles() for language in languages})


def code_lines() -> st.SearchStrategy[str]:
    """Lines of Python that do not raise exceptions."""
    return st.one_of(
        st.builds("{} = {}".format, st.sampled_from("xyz"), st.integers(-9, 99)),
        st.builds("print({!r})".format, st.text(st.characters(codec="ascii"), max_size=10)),
        st.sampled_from(["import math", "# a comment", "", "def f():\n    return 1"]),
    )


@st.composite
def decks(draw: st.DrawFn, comment: str = "#", code: st.SearchStrategy[str] | None = None) -> str:
    """Decks in percent format with lines of code from `code`, by default Python.

    `comment` starts a comment in their programming language. Decks start with a title slide in two
    languages.
    """
    german, english = (
        draw(st.from_regex(r"[A-Za-zÄÖÜß ]{1,20}", fullmatch=True)) for _ in LANGUAGES
    )
    lines = [
        f"{comment} j2 from 'macros.j2' import header",
        f'{comment} {{{{ header("T{german}", "T{english}") }}}}',
    ]
    for _ in range(draw(st.integers(0, 6))):
        lines += ["", *_cell(draw, comment, code_lines() if code is None else code)]
    return "\n".join(lines) + "\n"


def _cell(draw: st.DrawFn, comment: str, code: st.SearchStrategy[str]) -> list[str]:
    language = draw(st.sampled_from((*LANGUAGES, "")))
    of_language = f' lang="{language}"' if language else ""
    if draw(st.booleans()):
        texts = draw(st.lists(titles(), min_size=1, max_size=4))
        header = f"{comment} %% [markdown]{of_language}{_tags(draw, _SLIDE_TAGS)}"
        return [header, *(f"{comment} {text}" for text in texts)]
    header = f"{comment} %%{of_language}{_tags(draw, _CELL_TAGS)}"
    return [header, *draw(st.lists(code, min_size=1, max_size=4))]


def _tags(draw: st.DrawFn, tags: Sequence[str]) -> str:
    tag = draw(st.sampled_from(tags))
    return f' tags=["{tag}"]' if tag else ""
