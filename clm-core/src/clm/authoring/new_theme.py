"""A new folder with a theme for a course."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import PurePosixPath

from clm.authoring.existing_course import ExistingCourse
from clm.authoring.new_deck import DeckFiles
from clm.authoring.spec_edit import with_theme
from clm.authoring.spec_text import mapping
from clm.course.paths.relative_path import relative_path
from clm.course.spec import NO_THEME, CourseSpec
from clm.course.theme import THEME_FILE
from clm.errors import UsageError
from clm.theme.tokens import token_colors

_THEME = """\
# The theme of the course; "Theme" in the user guide of CLM has all keys. Paths are relative to this
# folder. Without a value, that of CLM is used.
logo: logo.svg
colors:
  accent: "{accent}"
  # text: "{text}"
  # page: {{light: "{page}", dark: "{page_dark}"}}
# fonts:
#   text: {{variable: fonts/SourceSerif4.woff2}}
#   headings: {{variable: fonts/SourceSans3.woff2}}
#   code: fonts/JetBrainsMono-Regular.woff2
footer: {footer}
"""
_STYLE = """\
/* Comes after the style sheets of CLM, and can use and set their variables. */
:root { --radius: 10px; }
"""
_LOGO = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" role="img" aria-label="{letter}">
<rect width="32" height="32" rx="7" fill="{accent}"/>
<text x="16" y="22.5" text-anchor="middle" font-family="sans-serif" font-weight="700"
 font-size="18" fill="#ffffff">{letter}</text>
</svg>
"""


def new_theme_in(course: ExistingCourse, folder: str) -> DeckFiles:
    """The files of a theme, and the spec that names it.

    Raises:
        UsageError: the folder is outside of the course or exists.
    """
    path = _folder(course, folder)
    name = f"./{path}"
    files = _files(path, course.spec)
    if course.is_xml:
        return DeckFiles(files, by_hand=f"add to {course.spec.path}: <theme>{name}</theme>")
    if course.spec.theme != NO_THEME:
        hand = f"{course.spec.path} has a theme already; the new one is used with theme: {name}"
        return DeckFiles(files, by_hand=hand)
    text = with_theme(course.text, course.spec.path, path)
    return DeckFiles(files, spec_text=text)


def _folder(course: ExistingCourse, text: str) -> PurePosixPath:
    try:
        path = relative_path(text)
    except ValueError as error:
        hint = "name a folder in the course, such as theme"
        raise UsageError(f"{text!r} is {error}", hint=hint) from error
    if path == PurePosixPath() or course.data_dir.joinpath(*path.parts).exists():
        raise UsageError(f"{text!r} exists already", hint="choose another name for the theme")
    return path


def _files(folder: PurePosixPath, spec: CourseSpec) -> Mapping[str, bytes]:
    colors = token_colors()
    accent = colors["accent"][0]
    names = {code: spec.organization.get(code) or spec.name[code] for code in spec.languages}
    letter = escape(next(iter(names.values()))[:1].upper())
    theme = _THEME.format(
        accent=accent,
        text=colors["text"][0],
        page=colors["page"][0],
        page_dark=colors["page"][1],
        footer=mapping(names),
    )
    texts = {
        THEME_FILE: theme,
        "theme.css": _STYLE,
        "logo.svg": _LOGO.format(letter=letter, accent=accent),
    }
    return {str(folder / name): text.encode() for name, text in texts.items()}
