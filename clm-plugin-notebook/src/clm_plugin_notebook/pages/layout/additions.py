"""What other plugins add to the pages of a deck: badges, a theme, and transforms."""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import frozen
from jinja2 import TemplateError

from clm import ConversionError
from clm_plugin_notebook.additions import CLASSIC, THEME_FOLDER, Additions
from clm_plugin_notebook.audiences import has_answers
from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.extensions.code import ExtensionCode
from clm_plugin_notebook.payload import NotebookOutput

_CSS, _TEMPLATE_SUFFIX = "theme.css", ".j2"


@frozen
class Badge:
    """A badge of a cell: the tag that it stands for, and its text."""

    tag: str
    text: str


@frozen
class Theme:
    """The theme of a page: style sheet, templates by name, and all files, for data URLs."""

    name: str = ""
    css: str = ""
    templates: tuple[tuple[str, str], ...] = ()
    files: tuple[tuple[str, bytes], ...] = ()

    @classmethod
    def of_folder(cls, name: str, folder: Path) -> Theme:
        """The theme in a folder.

        Raises:
            ConversionError: a style sheet or template is not in UTF-8.
        """
        files = {p.relative_to(folder).as_posix(): p for p in sorted(folder.rglob("*"))}
        data = {path: file.read_bytes() for path, file in files.items() if file.is_file()}
        try:
            return cls(
                name,
                data.get(_CSS, b"").decode(),
                tuple((p, d.decode()) for p, d in data.items() if p.endswith(_TEMPLATE_SUFFIX)),
                tuple(data.items()),
            )
        except UnicodeDecodeError as error:
            whose, hint = _whose(name)
            message = f"{whose} has a style sheet or template that is not UTF-8"
            raise ConversionError(message, hint=hint) from error

    def fault(self, template: str, error: TemplateError) -> ConversionError:
        """The error of a deck whose page cannot be made from a template of the theme."""
        whose, hint = _whose(self.name)
        name = getattr(error, "name", None) or template
        line = getattr(error, "lineno", None)
        at = f"{name}, line {line}" if line else name
        return ConversionError(f"{whose}: error in its template {at}: {error.message}", hint=hint)

    def data_url(self, name: str) -> str:
        """The URL of a file of the theme, with its content; an error names the file."""
        files = dict(self.files)
        if name not in files:
            whose, hint = _whose(self.name)
            raise ConversionError(f"{whose} has no file {name!r}", hint=hint)
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return f"data:{kind};base64,{base64.b64encode(files[name]).decode()}"


NO_THEME = Theme()


def _whose(name: str) -> tuple[str, str]:
    """What a theme is called in messages, and who mends it."""
    if name:
        return f"the page theme {name!r}", "report it to the authors of its plugin"
    return "the theme of the course", "mend it in the folder that the spec names"


class PageAdditions:
    """The additions to the pages of one deck; `folder` is that of the job.

    With `own_theme`, the theme is in a folder of the course, not in that of a plugin.
    """

    def __init__(
        self, additions: Additions, code: ExtensionCode, folder: Path, *, own_theme: bool = False
    ) -> None:
        self._additions = additions
        self._code = code
        name = additions.theme
        has_folder = own_theme or name not in ("", CLASSIC)
        self.theme = Theme.of_folder(name, folder / THEME_FOLDER) if has_folder else Theme(name)

    def has_answers(self, kind: str) -> bool:
        """Whether outputs of a kind have answers, and not room for them."""
        return has_answers(kind, self._additions)

    def badges(self, cells: Sequence[Cell], language: str) -> Mapping[int, tuple[Badge, ...]]:
        """The badges of cells by their numbers."""
        found = {}
        for cell in cells:
            badges = tuple(
                Badge(tag.name, text)
                for tag in self._additions.tags
                if tag.name in cell.tags and (text := _text(tag.badge, language))
            )
            if badges:
                found[cell.number] = badges
        return found

    def transformed(self, html: bytes, output: NotebookOutput) -> bytes:
        """The page after the transforms of other plugins."""
        if not self._additions.page_transforms:
            return html
        return self._code.page(html.decode(), output).encode(errors="replace")


def _text(badge: Mapping[str, str], language: str) -> str:
    general = badge.get("", "")
    return badge.get(language) or badge.get(language.partition("-")[0]) or general
