"""The `theme` of a spec, and that of a theme's folder, which has the same keys."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from clm.course.notes import Notes
from clm.course.spec import ThemeSpec
from clm.course.syntax.fields import Fields, as_path, as_text, read_fields, wrong_type
from clm.course.syntax.keys import COLOR, COLORS, FONT, FONTS, LOGO, MODES, THEME, Keys
from clm.course.syntax.tree import Node, Scalar
from clm.errors import Place
from clm.hints import listing
from clm.theme.contrast import parse_color
from clm.theme.course_theme import CourseTheme

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def read_theme(
    node: Node, notes: Notes, languages: tuple[str, ...], folder: PurePosixPath | None = None
) -> ThemeSpec:
    """The theme; paths are relative to the folder. Problems are added to the notes."""
    if isinstance(node, Scalar):
        fields = Fields("'theme'", node.place, {}, notes)
        name = as_text(node, "'theme'", notes) or ""
    else:
        read = read_fields(node, THEME, notes)
        if read is None:
            return ThemeSpec(place=node.place)
        fields, name = read, read.text("name")
    reader = _Reader(fields, folder or PurePosixPath())
    theme_name, theme_folder = reader.name(name)
    theme = ThemeSpec(
        name=theme_name,
        folder=theme_folder,
        mode=reader.mode(),
        colors=reader.colors(),
        fonts=reader.fonts(),
        logo=reader.files("logo", LOGO, fields),
        footer=fields.texts("footer", languages),
        place=node.place,
        places=reader.places,
    )
    if theme.name == CourseTheme.CLASSIC and (theme.colors or theme.fonts):
        notes.problem(
            "the theme 'classic' has its own colours and fonts",
            node.place,
            hint="leave out 'colors' and 'fonts', or the name",
        )
    return theme


class _Reader:
    def __init__(self, fields: Fields, folder: PurePosixPath) -> None:
        self._fields = fields
        self._notes = fields.notes
        self._folder = folder
        self.places: dict[str, Place] = {}

    def name(self, text: str) -> tuple[str, PurePosixPath | None]:
        """The name of a theme, or the folder of one, which has a `/` in its path."""
        if not text:
            return "", None
        place = self._fields.entries["name"].value.place if self._fields.entries else None
        place = place or self._fields.place
        if "/" in text or "\\" in text:
            folder = as_path(text, place, self._notes)
            if folder == PurePosixPath():
                hint = "name a folder in it, such as ./theme"
                self._notes.problem("a theme cannot be the whole data folder", place, hint=hint)
                return "", None
            return "", folder
        if not _NAME.fullmatch(text):
            hint = "use classic, the name of a plugin's theme, or a folder, such as ./theme"
            self._notes.problem(f"{text!r} is no theme", place, excerpt=text, hint=hint)
            return "", None
        return text, None

    def mode(self) -> str:
        mode = self._fields.text("mode")
        if mode and mode not in MODES:
            place = self._fields.entries["mode"].value.place
            hint = f"use one of {listing(MODES, len(MODES))}"
            self._notes.problem(f"{mode!r} is no mode of pages", place, excerpt=mode, hint=hint)
            return ""
        return mode

    def colors(self) -> dict[str, tuple[str, str]]:
        fields = self._table("colors", COLORS)
        if fields is None:
            return {}
        found = {}
        for name in fields.entries:
            light, dark = self._color(fields, name)
            if light or dark:
                found[name] = light, dark
                self.places[name] = fields.entries[name].value.place
        return found

    def fonts(self) -> dict[str, dict[str, PurePosixPath]]:
        fields = self._table("fonts", FONTS)
        if fields is None:
            return {}
        found = {name: self.files(name, FONT, fields) for name in fields.entries}
        for name, files in found.items():
            place = fields.entries[name].place
            if "variable" in files and "regular" in files:
                message = f"{name!r} has both a regular and a variable font"
                self._notes.problem(message, place, hint="leave one of them out")
            elif files and not files.keys() & {"variable", "regular"}:
                self._notes.problem(f"{name!r} has no regular font", place)
        return found

    def files(self, name: str, keys: Keys, fields: Fields) -> dict[str, PurePosixPath]:
        """The paths that are given for a key: one, or a mapping of them."""
        node = fields.node(name)
        if node is None:
            return {}
        if isinstance(node, Scalar):
            paths = {keys.short: as_text(node, f"{name!r}", self._notes)}
            places = {keys.short: node.place}
        else:
            inner = read_fields(node, keys, self._notes)
            if inner is None:
                return {}
            paths = {key: inner.text(key) for key in inner.entries}
            places = {key: inner.entries[key].value.place for key in inner.entries}
        found = {}
        for key, text in paths.items():
            path = as_path(text, places[key], self._notes) if text else None
            if path is not None:
                found[key] = self._folder / path
                self.places[str(found[key])] = places[key]
        return found

    def _table(self, name: str, keys: Keys) -> Fields | None:
        node = self._fields.node(name)
        if node is None:
            return None
        if isinstance(node, Scalar):
            wrong_type(node, f"{name!r}", "a mapping", self._notes)
            return None
        return read_fields(node, keys, self._notes)

    def _color(self, fields: Fields, name: str) -> tuple[str, str]:
        node = fields.entries[name].value
        if isinstance(node, Scalar):
            return self._hex(node, name), ""
        inner = read_fields(node, COLOR, self._notes)
        if inner is None:
            return "", ""
        light, dark = (
            self._hex(inner.entries[mode].value, name) if mode in inner.entries else ""
            for mode in ("light", "dark")
        )
        return light, dark

    def _hex(self, node: Node, name: str) -> str:
        if isinstance(node, Scalar) and node.value is None:
            # In YAML, # starts a comment, so a colour without quotes is nothing.
            hint = f'put the colour in quotes: {name}: "#0a6a68"'
            self._notes.problem(f"the colour {name!r} has no value", node.place, hint=hint)
            return ""
        text = as_text(node, f"the colour {name!r}", self._notes)
        if text is None:
            return ""
        try:
            red, green, blue = parse_color(text)
        except ValueError as error:
            self._notes.problem(f"{name!r}: {error}", node.place, excerpt=text)
            return ""
        return f"#{red:02x}{green:02x}{blue:02x}"
