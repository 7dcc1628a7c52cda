"""What planning needs to know of a deck: its programming language and its titles."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from attrs import frozen

from clm import ConversionError, Diagnostic, Link, Place, PlanContext, Severity, SourceFile, nearest
from clm_plugin_notebook.decks.links import cell_links, text_links
from clm_plugin_notebook.decks.text_files import read_text
from clm_plugin_notebook.decks.titles import file_name, find_titles, notebook_titles
from clm_plugin_notebook.languages import (
    JUPYTER_SUFFIX,
    MARKDOWN_COMMENT,
    MARKDOWN_SUFFIX,
    ProgLang,
    by_name,
    by_suffix,
)


@frozen
class DeckSource:
    """A deck as far as planning looks into it. `titles` are by language, `text` is its file's."""

    prog_lang: ProgLang
    titles: Mapping[str, str]
    links: tuple[Link, ...]
    text: str = ""


def look_into(
    source: SourceFile,
    context: PlanContext,
    prog_langs: Iterable[ProgLang],
    max_megabytes: float,
) -> DeckSource:
    """The deck's programming language, and its titles in the languages that are built.

    Raises:
        ConversionError: the deck cannot be read, or a title cannot name a file.
    """
    text = read_text(source.path, source.course_path, max_megabytes)
    languages = dict.fromkeys(v.language for v in context.variants)
    langs, path = tuple(prog_langs), source.topic_path
    if path.suffix == JUPYTER_SUFFIX:
        notebook = _notebook(text, source)
        prog_lang = _of_notebook(notebook, langs) or _of_course(source, context, langs)
        titles = notebook_titles(notebook, languages, path.stem)
        links = cell_links(notebook["cells"], source.course_path)
    else:
        prog_lang = by_suffix(path, langs) or _of_course(source, context, langs)
        is_markdown = path.suffix == MARKDOWN_SUFFIX
        comment = MARKDOWN_COMMENT if is_markdown else prog_lang.comment
        titles = find_titles(text, languages, path.stem, comment)
        links = text_links(text, source.course_path, "" if is_markdown else comment)
    _check_titles(titles, source)
    return DeckSource(prog_lang, titles, tuple(links), text)


def unknown_prog_lang(
    source: SourceFile, context: PlanContext, prog_langs: Iterable[ProgLang]
) -> Iterator[Diagnostic]:
    """A warning where the spec names a programming language that is not known.

    Decks whose suffix says what they are in are built all the same, but the folder of their
    code has no language's name. All decks of a course give the same message.
    """
    langs = tuple(prog_langs)
    if by_name(context.prog_lang, langs) is None:
        own = bool(context.options.get("prog-lang"))
        whose = f"topic {context.topic_id!r}" if own else "course"
        file = source.course_path if own else PurePosixPath(source.course_path).parts[0]
        yield Diagnostic(
            f"the `prog-lang` of the {whose} is {context.prog_lang!r}, which is not known",
            Severity.WARNING,
            Place(file),
            hint=_known(context.prog_lang, langs),
        )


def _of_course(source: SourceFile, context: PlanContext, langs: tuple[ProgLang, ...]) -> ProgLang:
    prog_lang = by_name(context.prog_lang, langs)
    if prog_lang is None:
        raise ConversionError(
            f"the deck is in {context.prog_lang!r}, a programming language that is not known",
            place=Place(source.course_path),
            hint=_known(context.prog_lang, langs),
        )
    return prog_lang


def _known(name: str, langs: Iterable[ProgLang]) -> str:
    known = nearest(name, [lang.name for lang in langs])
    return f"{known}; the setting `prog-langs` adds others"


def _of_notebook(notebook: Mapping[str, Any], langs: tuple[ProgLang, ...]) -> ProgLang | None:
    metadata = notebook.get("metadata", {})
    kernel, info = metadata.get("kernelspec", {}), metadata.get("language_info", {})
    for name in (kernel.get("language"), info.get("name")):
        if isinstance(name, str) and (prog_lang := by_name(name, langs)):
            return prog_lang
    return None


def _notebook(text: str, source: SourceFile) -> Mapping[str, Any]:
    try:
        notebook = json.loads(text)
    except json.JSONDecodeError as error:
        raise ConversionError(
            f"the file is not a Jupyter notebook: it is not JSON: {error.msg}",
            place=Place(source.course_path, line=error.lineno),
            excerpt=text.split("\n")[error.lineno - 1].strip()[:80],
            hint="it may be cut off, or hold the marks of a merge conflict",
        ) from error
    except RecursionError as error:
        raise _no_notebook("it is nested too deeply", source) from error
    if not isinstance(notebook, dict) or not isinstance(notebook.get("nbformat"), int):
        raise _no_notebook("it does not say its format", source)
    cells, metadata = notebook.setdefault("cells", []), notebook.setdefault("metadata", {})
    parts = (metadata, *(metadata.get(key, {}) for key in ("kernelspec", "language_info")))
    if not isinstance(cells, list) or not all(isinstance(part, dict) for part in (*parts, *cells)):
        raise _no_notebook("its cells or metadata are of another form", source)
    return notebook


def _no_notebook(why: str, source: SourceFile) -> ConversionError:
    return ConversionError(
        f"the file is not a Jupyter notebook: {why}",
        place=Place(source.course_path),
        hint="open it in Jupyter and save it again",
    )


def _check_titles(titles: Mapping[str, str], source: SourceFile) -> None:
    for language, title in titles.items():
        if not file_name(title):
            raise ConversionError(
                f"the title {title!r} ({language}) leaves nothing to name a file by",
                place=Place(source.course_path),
                hint="give the deck a title with a letter or a digit",
            )
