"""Everything in a deck that some audience must not see, each with a mark to search for.

Who may see what is written down here anew, construct by construct, so that a mistake in the
plugin's rules is not repeated.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jupytext
from attrs import field, frozen
from nbformat import NotebookNode, from_dict

TEACHERS = ("speaker", "trainer", "recording")
FILLED_IN = "recording-code-along"  # for teachers, with what students see
KINDS = ("code-along", "completed", "partial", *TEACHERS, FILLED_IN)
PAGES = ("html", "slides", "pdf")
SOLVED = "### BEGIN SOLUTION\n![a](attachment:a.svg)\n### END SOLUTION"
NBGRADER = {"grade": False, "locked": False, "solution": False, "schema_version": 3}


@frozen
class Output:
    """An output in a language; cells in workshops are shown by other rules."""

    language: str
    kind: str
    public: bool
    format: str

    def rules(self, in_workshop: bool) -> str:
        """The kind by whose rules a cell is shown."""
        if self.kind == FILLED_IN or (self.kind == "partial" and in_workshop):
            return "code-along"
        return self.kind

    @property
    def shows_public(self) -> bool:
        """Whether it has only what students may see."""
        return self.public or self.kind == FILLED_IN


Seen = Callable[[str, Output], bool]


@frozen
class Construct:
    """A cell, made from its mark; `seen` tells from kind and output whether it may have the mark.

    `only` is the source format if there is but one that can express the construct.
    """

    name: str
    make: Callable[[str], dict[str, Any]]
    seen: Seen
    only: str = ""


def text(*tags: str, **metadata: Any) -> Callable[[str], dict[str, Any]]:
    return lambda mark: cell("markdown", f"# {mark}\n\n{mark} again", *tags, **metadata)


def code(*tags: str, **metadata: Any) -> Callable[[str], dict[str, Any]]:
    return lambda mark: cell("code", f'"{mark}"', *tags, **metadata)


def region(name: str, kind: str = "code", *tags: str) -> Callable[[str], dict[str, Any]]:
    return lambda mark: cell(
        kind, f"before\n### BEGIN {name}\n{mark}\n### END {name}\nafter", *tags
    )


def cell(kind: str, source: str, *tags: str, **metadata: Any) -> dict[str, Any]:
    own = {"tags": list(tags)} if tags else {}
    return {"cell_type": kind, "source": source, "metadata": own | metadata}


def _never(kind: str, output: Output) -> bool:
    return False


def _completed(kind: str, output: Output) -> bool:
    return kind != "code-along"


def _private(kind: str, output: Output) -> bool:
    return not output.shows_public


def _notes(kind: str, output: Output) -> bool:
    # They are on no slide, and so on no printed page.
    return kind in TEACHERS and not output.shows_public and output.format != "pdf"


def _voiceover(kind: str, output: Output) -> bool:
    return kind != "trainer" and _notes(kind, output)


def _given(kind: str, output: Output) -> bool:
    return kind == "code-along"


def _german(kind: str, output: Output) -> bool:
    return output.language == "de"


def _off_page(kind: str, output: Output) -> bool:
    return output.format not in PAGES and not output.shows_public


def _solution(kind: str, output: Output) -> bool:
    return kind != "code-along"


def _always(kind: str, output: Output) -> bool:
    return True


def _not_on_pages(kind: str, output: Output) -> bool:
    return output.format not in PAGES


def _in_notebooks(kind: str, output: Output) -> bool:
    return output.format == "notebook"


def _in_metadata(mark: str) -> dict[str, Any]:
    metadata = {
        "comments": [{"text": mark}],
        "author": mark,
        "name": mark,
        "slide_id": mark,
        "nbgrader": NBGRADER | {"grade_id": mark},
    }
    return cell("markdown", "shown", **metadata)


def attached(
    *tags: str, source: str = "![a](attachment:a.svg)", **metadata: Any
) -> Callable[[str], dict[str, Any]]:
    return lambda mark: (
        cell("markdown", source, *tags, **metadata)
        | {"attachments": {"a.svg": {"image/svg+xml": f"<svg>{mark}</svg>"}}}
    )


def _with_results(mark: str) -> dict[str, Any]:
    stream = {"output_type": "stream", "name": "stdout", "text": mark}
    timing = {"iopub.execute_input": mark, "shell.execute_reply": mark}
    made = cell("code", "1", "keep", execution=timing)
    return made | {"outputs": [stream], "execution_count": 1}


CONSTRUCTS: Sequence[Construct] = (
    Construct("notes", text("notes"), _notes),
    Construct("code notes", code("notes"), _notes),
    Construct("raw notes", lambda mark: cell("raw", mark, "notes"), _notes),
    Construct("RISE notes", text(slideshow={"slide_type": "notes"}), _notes),
    Construct("voiceover", text("voiceover"), _voiceover),
    Construct("private", text("private"), _private),
    Construct("private code", code("private", "keep"), _private),
    Construct("private slide", text("private", "slide"), _private),
    Construct("del", text("del"), _never),
    Construct("deleted code", code("del", "keep"), _never),
    Construct("alt", text("alt"), _completed),
    Construct("alternative code", code("alt", "keep"), _completed),
    Construct("completed", code("completed", "keep"), _completed),
    Construct("start", code("start"), _given),
    Construct("ordinary code", code(), _completed),
    Construct("answer", lambda mark: cell("markdown", mark, "answer"), _completed),
    Construct("kept answer", code("answer", "keep"), _completed),
    Construct("German", text(lang="de"), _german),
    Construct("German code", code("keep", lang="de"), _german),
    Construct("remove-cell", code("remove-cell", "keep"), _off_page),
    Construct("remove_cell", text("remove_cell"), _off_page),
    Construct("solution cell", code("keep", nbgrader=NBGRADER | {"solution": True}), _solution),
    Construct("solution text", text(nbgrader=NBGRADER | {"solution": True}), _solution),
    Construct("graded code", code("graded", "keep"), _solution),
    Construct("graded text", text("graded"), _solution),
    Construct("tests", code("graded-tests"), _always),
    Construct("hidden tests in tests", region("HIDDEN TESTS", "code", "graded-tests"), _private),
    Construct("solution region", region("SOLUTION", "code", "keep"), _solution),
    Construct("region of text", region("SOLUTION", "markdown"), _solution),
    Construct("hidden tests", region("HIDDEN TESTS", "code", "keep"), _private),
    Construct("marking scheme", region("MARK SCHEME", "markdown"), _private),
    Construct("ordinary slide", code("slide"), _completed),
    Construct("kept code", code("keep"), _always),
    Construct("given code", code(nbgrader=NBGRADER | {"locked": True}), _always),
    Construct("removed input", text("remove-input"), _not_on_pages),
    Construct(
        "raw LaTeX", lambda mark: cell("raw", mark, raw_mimetype="text/latex"), _in_notebooks
    ),
    Construct("text with format", text(raw_mimetype="text/latex"), _always),
    Construct("metadata", _in_metadata, _never),
    Construct("comment", lambda m: cell("markdown", f"shown <!-- {m} -->"), _not_on_pages),
    Construct("attachment", attached("notes"), _notes, only="ipynb"),
    Construct("private attachment", attached("private"), _private, only="ipynb"),
    Construct("deleted attachment", attached("del"), _never, only="ipynb"),
    Construct("alternative attachment", attached("alt"), _completed, only="ipynb"),
    Construct("attached answer", attached("answer"), _completed, only="ipynb"),
    Construct("German attachment", attached(lang="de"), _german, only="ipynb"),
    Construct("removed attachment", attached("remove-cell"), _off_page, only="ipynb"),
    Construct("attachment in a solution", attached(source=SOLVED), _solution, only="ipynb"),
    Construct("unused attachment", attached(source="shown"), _never, only="ipynb"),
    Construct("stored results", _with_results, _never, only="ipynb"),
)


@frozen
class Placed:
    """A construct in a deck, with its mark, and whether it is in a workshop."""

    construct: Construct
    mark: str
    in_workshop: bool = False


@frozen
class MarkedDeck:
    """A deck in a source format, with its marks; `hidden` is a mark in its header.

    Workshops are in a language, or in all.
    """

    placed: Sequence[Placed]
    file_format: str
    hidden: str = field(default="xqheaderqx")
    workshop_language: str = ""

    def seen(self, placed: Placed, output: Output) -> bool:
        """Whether an output may have the mark of a cell."""
        in_workshop = placed.in_workshop and self.workshop_language in ("", output.language)
        return placed.construct.seen(output.rules(in_workshop), output)

    @property
    def text(self) -> str:
        metadata: dict[str, Any] = {
            "authors": [{"name": self.hidden}],
            "jupytext": {"cell_metadata_filter": "all", "notebook_metadata_filter": "all"},
        }
        state = {"application/vnd.jupyter.widget-state+json": {"state": {"a": self.hidden}}}
        if self.file_format == "ipynb":
            metadata["widgets"] = state
        notebook = {
            "cells": list(self._cells()),
            "metadata": metadata,
            "nbformat": 4,
            "nbformat_minor": 4,
        }
        if self.file_format == "ipynb":
            return json.dumps(notebook)
        made: str = jupytext.writes(_node(notebook), fmt=self.file_format)
        return made

    def _cells(self) -> Iterator[dict[str, Any]]:
        yield _complete(cell("markdown", "Shown to all", "slide"))
        # The id starts no workshop on code.
        yield _complete(cell("code", "1", "slide", slide_id="workshop-none"))
        language = {"lang": self.workshop_language} if self.workshop_language else {}
        inside = False
        for placed in self.placed:
            if placed.in_workshop and not inside:
                yield _complete(cell("markdown", "Workshop", "workshop", **language))
            if inside and not placed.in_workshop:
                yield _complete(cell("markdown", "End", "end-workshop", **language))
            inside = placed.in_workshop
            yield _complete(placed.construct.make(placed.mark))


def marked(constructs: Sequence[Construct], workshop: range = range(0)) -> list[Placed]:
    """Give each construct a mark of letters; those with these indexes are in a workshop."""
    return [
        Placed(each, f"xq{_letters(index)}qx", index in workshop)
        for index, each in enumerate(constructs)
    ]


def _letters(number: int) -> str:
    # No mark is part of another.
    return "".join("abcdefghij"[int(digit)] for digit in f"{number:03}")


def _complete(made: dict[str, Any]) -> dict[str, Any]:
    results = {"outputs": [], "execution_count": None} if made["cell_type"] == "code" else {}
    return results | made


def _node(notebook: dict[str, Any]) -> NotebookNode:
    node: NotebookNode = from_dict(notebook)
    return node
