"""Files that the pages of a course share instead of containing them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import PurePosixPath
from urllib.parse import quote

from clm import CourseTheme, FileInput, SharedFile, Variant
from clm_plugin_notebook.page_files import (
    BRAND_STYLE,
    FOLDER,
    LOOK_STYLE,
    PAGE,
    SCRIPT,
    SLIDES,
    STYLE,
    PageFile,
    copied_file,
    packed_file,
    script_of,
    style_of,
    text_file,
)

_FORMS = {"html": PAGE, "slides": SLIDES}
# What outputs of code need besides is in their pages.
_HINTS = {
    "mathjax": re.compile(r"\$[^$]+\$|\\\(|\\\[|\\begin\{|\bmath\b|latex|sympy", re.I),
    "mermaid": re.compile(r"\bmermaid\b"),
}
_Shares = tuple[tuple[PurePosixPath, tuple[PageFile, ...]], ...]


class SharedFiles:
    """The files that pages with a theme share; `text` is that of the deck.

    A script that no hint in the text tells of is in the pages that need it.
    """

    def __init__(self, theme: CourseTheme, files: Iterable[FileInput], text: str) -> None:
        self._classic = theme.name == CourseTheme.CLASSIC
        self._large = tuple(name for name, hint in _HINTS.items() if hint.search(text))
        inputs = {file.name: file for file in files}
        used = (*(face.file for face in theme.fonts), theme.logo, theme.logo_dark)
        self._of_theme = {name: copied_file(inputs[name]) for name in used if name}
        css = theme.css(lambda name: self._of_theme[name].name)
        self._styles = {BRAND_STYLE: text_file("brand.css", css)} if css else {}
        if look := inputs.get(f"{CourseTheme.FOLDER}/theme.css"):
            self._styles[LOOK_STYLE] = copied_file(look)

    def of(self, variant: Variant) -> Mapping[str, PageFile]:
        """What a page shares, by the names that pages know; nothing in other formats."""
        form = _FORMS.get(variant.format)
        if form is None or not variant.root.parts:
            return {}
        scripts = [*self._large, *(("reveal",) if form == SLIDES else ())]
        if form == SLIDES and not variant.public:
            scripts.append("notes")
        return {
            STYLE: text_file(f"{form}.css", style_of(form, classic=self._classic)),
            SCRIPT: text_file(f"{form}.js", script_of(form, classic=self._classic)),
            **{name: packed_file(name) for name in scripts},
            **self._styles,
            **self._of_theme,
        }

    def urls(self, variant: Variant) -> dict[str, str]:
        """The URLs of what a page shares, from the folder of its variant, by their names."""
        if not (files := self.of(variant)):
            return {}
        up = "../" * len(variant.directory.relative_to(variant.root).parts)
        return {name: f"{up}{FOLDER}/{quote(file.name)}" for name, file in files.items()}

    def delivered(self, variants: Iterable[Variant]) -> tuple[SharedFile, ...]:
        """The files at the roots of variants, of nothing but what their pages share."""
        by_root: dict[PurePosixPath, dict[PageFile, None]] = {}
        for variant in variants:
            files = self.of(variant).values()
            by_root.setdefault(variant.root, {}).update(dict.fromkeys(files))
        return _below(tuple((root, tuple(files)) for root, files in by_root.items()))


@lru_cache(maxsize=256)
def _below(shares: _Shares) -> tuple[SharedFile, ...]:
    # Decks with the same files have one and the same tuple, which is faster to join.
    return tuple(file.below(root) for root, files in shares for file in files)
