"""Data of a deck for planning: programming language, titles and links."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from attrs import evolve, frozen

from clm import (
    ConversionError,
    Diagnostic,
    Link,
    Place,
    PlanContext,
    Severity,
    SourceFile,
    language_of,
    nearest,
)
from clm_plugin_notebook.decks.formats.front_matter import declared_kernel
from clm_plugin_notebook.decks.formats.notebook_json import parse_notebook
from clm_plugin_notebook.decks.text.links import cell_links, file_names, text_links
from clm_plugin_notebook.decks.text.titles import file_name
from clm_plugin_notebook.decks.text_files import read_text
from clm_plugin_notebook.languages import (
    JUPYTER_SUFFIX,
    MARKDOWN_COMMENT,
    MARKDOWN_SUFFIXES,
    QUARTO_SUFFIX,
    R_MARKDOWN_SUFFIX,
    ProgLang,
    by_name,
    by_suffix,
    deck_suffixes,
)
from clm_plugin_notebook.planning.deck_titles import notebook_titles, text_titles

_CHUNK = re.compile(r"^`{3,}\{(\w+)", re.M)


@frozen(repr=False)
class DeckSource:
    """The data of a deck for planning; `titles` are by language, `text` is its source."""

    prog_lang: ProgLang
    titles: Mapping[str, str]
    links: tuple[Link, ...]
    text: str = ""


def inspect_deck(
    source: SourceFile,
    context: PlanContext,
    prog_langs: Iterable[ProgLang],
    max_megabytes: float,
    hiding: frozenset[str] = frozenset(),
) -> DeckSource:
    """Return the deck's programming language, links, and titles in the languages to build.

    Cells with a tag in `hiding` have no title.

    Raises:
        ConversionError: the deck cannot be read, its programming language is unknown, or no file
            name can be derived from a title.
    """
    if source.topic_path.suffix == QUARTO_SUFFIX:
        raise ConversionError(
            "the deck is in the format 'quarto', which is not supported",
            place=Place(source.course_path),
            hint="convert it with `quarto convert`, which makes a Jupyter notebook of it",
        )
    text = read_text(source.path, source.course_path, max_megabytes)
    languages = dict.fromkeys(v.language for v in context.variants)
    langs, path = tuple(prog_langs), source.topic_path
    linked = (deck_suffixes(langs), file_names(context.claimed))
    own = language_of(path, context.course_name)
    default = path.stem.removesuffix(f".{own}") if own else path.stem
    if path.suffix == JUPYTER_SUFFIX:
        notebook = parse_notebook(text, source.course_path)
        prog_lang = _of_notebook(notebook, langs) or _of_course(source, context, langs)
        titles = notebook_titles(notebook, languages, default, hiding)
        links = cell_links(notebook["cells"], source.course_path, *linked)
    else:
        prog_lang = _of_text(text, source, context, langs)
        is_markdown = path.suffix in MARKDOWN_SUFFIXES
        comment = MARKDOWN_COMMENT if is_markdown else prog_lang.comment
        titles = text_titles(
            text, languages, default, comment, is_markdown=is_markdown, hiding=hiding
        )
        links = text_links(text, source.course_path, *linked)
    _check_titles(titles, source)
    return DeckSource(prog_lang, titles, tuple(links), text)


def unknown_prog_lang(
    source: SourceFile, context: PlanContext, prog_langs: Iterable[ProgLang]
) -> Iterator[Diagnostic]:
    """Yield a warning if the course spec names an unknown programming language.

    Decks whose suffix determines their language are still built, but their code is written to a
    folder without the name of a language. The message is the same for all decks of a course.
    """
    langs = tuple(prog_langs)
    if by_name(context.prog_lang, langs) is None:
        in_topic = bool(context.options.get("prog-lang"))
        owner = f"topic {context.topic_id!r}" if in_topic else "course"
        file = source.course_path if in_topic else PurePosixPath(source.course_path).parts[0]
        yield Diagnostic(
            f"unknown `prog-lang` {context.prog_lang!r} in the {owner}",
            Severity.WARNING,
            Place(file),
            hint=_hint(context.prog_lang, langs),
        )


def _of_text(
    text: str, source: SourceFile, context: PlanContext, langs: tuple[ProgLang, ...]
) -> ProgLang:
    """Return the language of the kernel that the header declares, else that of the suffix."""
    own = by_suffix(source.topic_path, langs)
    if source.topic_path.suffix == R_MARKDOWN_SUFFIX:
        own = _of_chunks(text, langs) or own
    is_script = own is not None and source.topic_path.suffix not in MARKDOWN_SUFFIXES
    declared = declared_kernel(text, own.comment if own and is_script else "")
    named = _of_notebook({"metadata": {"kernelspec": declared}}, langs) if declared else None
    if own is None:
        return named or _of_course(source, context, langs)
    if named is None or named.name == own.name or "language" not in declared:
        return own  # the kernel of an environment of the author
    # The file is a script of its suffix's language for everything but the kernel.
    return evolve(named, suffix=own.suffix, comment=own.comment, percent_format=own.percent_format)


def _of_chunks(text: str, langs: tuple[ProgLang, ...]) -> ProgLang | None:
    """Return the language of an R Markdown deck: R, unless all chunks are in another one."""
    names = [name.lower() for name in _CHUNK.findall(text)]
    return None if "r" in names or not names else by_name(names[0], langs)


def _of_course(source: SourceFile, context: PlanContext, langs: tuple[ProgLang, ...]) -> ProgLang:
    prog_lang = by_name(context.prog_lang, langs)
    if prog_lang is None:
        raise ConversionError(
            f"unknown programming language of the deck: {context.prog_lang!r}",
            place=Place(source.course_path),
            hint=_hint(context.prog_lang, langs),
        )
    return prog_lang


def _hint(name: str, langs: Iterable[ProgLang]) -> str:
    known = nearest(name, [lang.name for lang in langs])
    return f"{known}; add others with the setting `prog-langs`"


def _of_notebook(notebook: Mapping[str, Any], langs: tuple[ProgLang, ...]) -> ProgLang | None:
    metadata = notebook.get("metadata", {})
    kernel, info = metadata.get("kernelspec", {}), metadata.get("language_info", {})
    names = [n for n in (kernel.get("language"), info.get("name")) if isinstance(n, str) and n]
    for name in names:
        if prog_lang := by_name(name, langs):
            return prog_lang
    own = kernel.get("name")
    kernel_name = own if isinstance(own, str) and own else None
    if prog_lang := by_name(kernel_name or "", langs):
        return prog_lang
    if not names and kernel_name is None:
        return None
    # Only for such notebooks, since it imports jupytext.
    from clm_plugin_notebook.decks.kernel_languages import language_of_kernel

    return language_of_kernel(names[0] if names else kernel_name or "", kernel_name, kernel)


def _check_titles(titles: Mapping[str, str], source: SourceFile) -> None:
    for language, title in titles.items():
        if not file_name(title):
            raise ConversionError(
                f"the title {title!r} ({language}) contains no characters for a file name",
                place=Place(source.course_path),
                hint="give the deck a title with a letter or a digit",
            )
