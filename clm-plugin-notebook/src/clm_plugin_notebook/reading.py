"""Reading of a deck in the folder of a job: templates, source format, cells."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from clm_plugin_notebook.additions import MACROS_FOLDER
from clm_plugin_notebook.decks.deck import Deck, InvalidDeckError
from clm_plugin_notebook.decks.formats.jupyter import read_jupyter
from clm_plugin_notebook.decks.formats.markdown import read_markdown
from clm_plugin_notebook.decks.formats.myst import is_myst, read_myst
from clm_plugin_notebook.decks.formats.r_markdown import read_r_markdown
from clm_plugin_notebook.decks.formats.script import read_script
from clm_plugin_notebook.decks.macros import keywords, macro_texts
from clm_plugin_notebook.decks.templates import (
    NO_CODE,
    Expansion,
    TemplateCode,
    TemplateFolder,
    Templates,
    TemplateTexts,
    expand,
)
from clm_plugin_notebook.decks.text_files import read_text
from clm_plugin_notebook.languages import (
    JUPYTER_SUFFIX,
    MARKDOWN_COMMENT,
    MARKDOWN_SUFFIXES,
    R_MARKDOWN_SUFFIX,
    ProgLang,
)
from clm_plugin_notebook.payload import (
    TEMPLATES_FOLDER,
    TOPIC_FOLDER,
    DeckFile,
    NotebookOutput,
    NotebookPayload,
)


class DeckReader:
    """Reads the deck of a payload for its outputs; `source` is its name in messages.

    `folder` has the files of the topic, and the templates unless these are in `templates`. `code`
    are the filters and tests of other plugins.
    """

    def __init__(
        self,
        payload: NotebookPayload,
        folder: Path,
        source: str,
        templates: Path | None = None,
        code: TemplateCode = NO_CODE,
    ) -> None:
        self._code = code
        self._course_templates = templates or folder / TEMPLATES_FOLDER
        self._payload = payload
        self._folder = folder
        self._source = source
        self._decks: dict[tuple[str, str], Deck] = {}
        self._expansions: dict[str, list[Expansion]] = {}

    @property
    def deck(self) -> DeckFile:
        """The file of the deck itself."""
        payload = self._payload
        name = f"{TOPIC_FOLDER}/{payload.source}"
        return DeckFile(name, self._source, payload.own_language, payload.prog_lang)

    def text(self) -> str:
        """The text of the deck as it is written."""
        return read_text(self._folder / TOPIC_FOLDER / self._payload.source, self._source)

    def read(self, output: NotebookOutput, file: DeckFile | None = None) -> Deck:
        """The deck, or another of its files, as it is for an output.

        Templates may ask for the output's language and format.

        Raises:
            ConversionError: the deck cannot be read; `InvalidDeckError` if it can be in part.
        """
        additions = self._payload.additions
        try:
            deck = self._read(output, file or self.deck)
        except InvalidDeckError as error:
            raise error.with_added_tags(additions) from error
        return deck.with_added_tags(additions) if deck.unknown_tags else deck

    def _read(self, output: NotebookOutput, file: DeckFile) -> Deck:
        path = self._folder / file.name
        if path.suffix == JUPYTER_SUFFIX:
            languages = self._payload.languages
            return read_jupyter(path, file.source, languages, file.prog_lang.comment)
        expansion = self._expanded(path, file, self._variables(output, file.prog_lang))
        key = file.name, expansion.text
        if key not in self._decks:
            self._decks[key] = self._read_text(expansion, file.prog_lang, path.suffix)
        return self._decks[key]

    def _expanded(self, path: Path, file: DeckFile, variables: Mapping[str, Any]) -> Expansion:
        former = self._expansions.setdefault(file.name, [])
        for expansion in former:
            if all(variables[name] == value for name, value in expansion.asked.items()):
                return expansion
        is_markdown = path.suffix in MARKDOWN_SUFFIXES
        expansion = expand(
            path,
            file.source,
            self._templates("markdown" if is_markdown else "percent"),
            comment=MARKDOWN_COMMENT if is_markdown else file.prog_lang.comment,
            variables=variables,
            code=self._code,
        )
        # Filters and tests of other plugins may have looked at anything.
        if self._code.key is None:
            former.append(expansion)
        return expansion

    def _read_text(self, expansion: Expansion, prog_lang: ProgLang, suffix: str) -> Deck:
        languages = self._payload.languages
        if suffix == R_MARKDOWN_SUFFIX:
            return read_r_markdown(expansion, prog_lang, languages)
        is_markdown = suffix in MARKDOWN_SUFFIXES
        if is_markdown and is_myst(expansion.text, expansion.source):
            return read_myst(expansion, prog_lang, languages)
        read = read_markdown if is_markdown else read_script
        return read(expansion, prog_lang, languages)

    def _templates(self, syntax: str) -> list[Templates]:
        # Last, so that a file next to the deck can be included but cannot replace a macro.
        deck = PurePosixPath(self._payload.source)
        course = self._course_templates
        name = self._payload.prog_lang.name
        return [
            TemplateFolder(course / name, f"{TEMPLATES_FOLDER}/{name}/"),
            TemplateFolder(course, f"{TEMPLATES_FOLDER}/"),
            TemplateFolder(course.parent / MACROS_FOLDER, f"{MACROS_FOLDER}/"),
            TemplateTexts(macro_texts(syntax, self._payload.languages), "clm_plugin_notebook/"),
            TemplateFolder(
                self._folder / TOPIC_FOLDER / deck.parent,
                self._source.removesuffix(deck.name),
            ),
        ]

    def _variables(self, output: NotebookOutput, prog_lang: ProgLang) -> Mapping[str, Any]:
        return {
            "is_notebook": output.format == "notebook",
            "is_html": reading_format(output.format) == "html",
            "lang": output.language,
            "languages": keywords(self._payload.languages),
            "comment": prog_lang.comment,
            "author": self._payload.author,
            "organization": self._payload.organization.get(output.language, ""),
            "name": output.title,
            "source_name": PurePosixPath(self._payload.source).name,
        }


def reading_format(name: str) -> str:
    """Return the format that the deck sees: `html` for slides and PDF, too."""
    return "html" if name in ("slides", "pdf") else name
