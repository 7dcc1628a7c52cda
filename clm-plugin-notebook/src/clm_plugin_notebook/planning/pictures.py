"""Pictures of a topic that the outputs of its decks share instead of having copies."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import PurePosixPath

from attrs import define, field

from clm import FileInput, OutputFolder, OutputSpec, PlanContext, Variant
from clm_plugin_notebook.decks.text.file_names import forms_of
from clm_plugin_notebook.decks.text.links import local_path
from clm_plugin_notebook.decks.text.pictures import picture_urls, replace_pictures
from clm_plugin_notebook.decks.text_files import read_text
from clm_plugin_notebook.languages import ProgLang
from clm_plugin_notebook.page_files import FOLDER
from clm_plugin_notebook.payload import PICTURES

SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".avif", ".bmp")
PAGES = ("html", "slides", "pdf")
RUN = ("notebook", "code")

_EXPRESSION = re.compile(r"\{\{.*?\}\}")
# What looks for files without saying which.
_LISTS_FILES = re.compile(r"glob|iterdir|listdir|scandir|walk|readdir|list\.files")


@define(eq=False, repr=False, slots=False)
class TopicPictures:
    """The pictures that a deck shows; `texts` are those of its files.

    Texts are searched as they are: where it is unclear whether something else needs a file, it
    stays where it was.
    """

    texts: tuple[str, ...]
    context: PlanContext
    langs: Iterable[ProgLang]

    @cached_property
    def _text(self) -> str:
        return "\n".join(self.texts)

    @cached_property
    def _rest(self) -> str:
        return replace_pictures(self._text, lambda url: "")

    @cached_property
    def _shown(self) -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
        """The paths of the pictures that the text shows, and patterns for those with variables."""
        urls = set(picture_urls(self._text))
        paths = (local_path(url) for url in urls if "{{" not in url)
        names = frozenset(posixpath.normpath(path) for path in paths if path)
        parts = (map(re.escape, _EXPRESSION.split(url)) for url in urls if "{{" in url)
        return names, tuple(re.compile("[^/]*".join(part)) for part in parts)

    def carried(self, variants: Iterable[Variant]) -> dict[str, tuple[PurePosixPath, ...]]:
        """The folders that need no copy of a picture, by its path in the topic.

        There are none for a picture that the deck needs in other ways than to show it.
        """
        by_form = {
            forms: tuple(dict.fromkeys(v.directory for v in variants if v.format in forms))
            for forms in (PAGES, (*PAGES, *RUN))
        }
        found: dict[str, tuple[PurePosixPath, ...]] = {}
        for name in self._named:
            if self._needs(name):
                found[name] = ()
            elif self._is_shown(name):
                found[name] = by_form[PAGES if self._may_be_read(name) else (*PAGES, *RUN)]
        return found

    @cached_property
    def _named(self) -> tuple[str, ...]:
        claimed = self.context.claimed
        files = (file.name for file in self.context.topic_files if file.name not in claimed)
        return tuple(name for name in files if name.lower().endswith(SUFFIXES))

    def _is_shown(self, name: str) -> bool:
        names, patterns = self._shown
        return name in names or any(pattern.fullmatch(name) for pattern in patterns)

    def _needs(self, name: str) -> bool:
        base = posixpath.basename(name)
        start = base.partition(".")[0]
        return any(form in self._rest for form in forms_of(base)) or f"{start}.{{" in self._rest

    def _may_be_read(self, name: str) -> bool:
        folder, suffix = posixpath.basename(posixpath.dirname(name)), posixpath.splitext(name)[1]
        marks = [f"{suffix}{quote}" for quote in "\"'`"]
        if folder:
            marks += [f"{folder}/", f"{folder}\\", f'"{folder}"', f"'{folder}'"]
        return any(
            _LISTS_FILES.search(text) or any(mark in text for mark in marks)
            for text in (self._rest, *self._programs)
        )

    @cached_property
    def _programs(self) -> tuple[str, ...]:
        suffixes = tuple(lang.suffix for lang in self.langs)
        files = (f for f in self.context.topic_files if isinstance(f, FileInput))
        programs = (f for f in files if f.name.endswith(suffixes))
        return tuple(read_text(file.path, file.name) for file in programs)


@define(eq=False, repr=False)
class PictureFolders:
    """The folders for the shared pictures of a deck's outputs.

    `carried` is that of the deck. Pictures of speakers' outputs are no students' pictures, also
    where both have one folder.
    """

    carried: Mapping[str, tuple[PurePosixPath, ...]]
    _folders: dict[OutputFolder, int] = field(factory=dict, init=False)

    def place(self, variant: Variant) -> tuple[str, int, tuple[str, ...]]:
        """The folder of a variant: its URL, its number, and the pictures moved there."""
        if variant.format not in (*PAGES, *RUN) or not variant.root.parts:
            return "", 0, ()
        moved: tuple[str, ...] = ()
        if variant.format in RUN:
            moved = tuple(n for n, folders in self.carried.items() if variant.directory in folders)
        if variant.format == "pdf" or (variant.format in RUN and not moved):
            return "", 0, ()
        folder = OutputFolder(variant.root / FOLDER, variant.public)
        number = self._folders.setdefault(folder, len(self._folders))
        up = "../" * len(variant.directory.relative_to(variant.root).parts)
        return f"{up}{FOLDER}", number, moved

    def outputs(self) -> tuple[OutputSpec, ...]:
        """The output of the job for these folders, if there are some."""
        return (OutputSpec(PICTURES, folders=tuple(self._folders)),) if self._folders else ()
