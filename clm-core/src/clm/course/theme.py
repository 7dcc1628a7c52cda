"""The theme of a course with its files, found on disk and checked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from attrs import evolve, field, frozen

from clm.course.files import CourseFile, is_file, is_folder
from clm.course.spec import NO_THEME, CourseSpec, ThemeSpec
from clm.regular_files import open_regular, read_regular
from clm.theme.course_theme import CourseTheme, FontFace

if TYPE_CHECKING:
    from clm.course.files import Walk

THEME_FILE = "theme.yaml"
_MOST_BYTES = {"logo": 500_000, "font": 5_000_000}
# The file types that browsers show, and how such files begin.
_BEGINNINGS: dict[str, dict[str, tuple[bytes, ...]]] = {
    "logo": {
        ".svg": (),
        ".png": (b"\x89PNG\r\n",),
        ".jpg": (b"\xff\xd8\xff",),
        ".jpeg": (b"\xff\xd8\xff",),
        ".gif": (b"GIF8",),
        ".webp": (b"RIFF",),
    },
    "font": {
        ".woff2": (b"wOF2",),
        ".woff": (b"wOFF",),
        ".ttf": (b"\0\1\0\0", b"true"),
        ".otf": (b"OTTO", b"\0\1\0\0"),
    },
}
_WEIGHTS = {"bold": "700", "bold-italic": "700"}


@frozen(repr=False)
class FoundTheme:
    """The theme, and its files; the `topic_path` of each is its name as an input."""

    theme: CourseTheme = field(factory=CourseTheme)
    files: tuple[CourseFile, ...] = ()


def find_theme(spec: CourseSpec, walk: Walk) -> FoundTheme:
    """The theme of a course; what is missing or wrong is a problem in the notes of the walk."""
    if spec.theme == NO_THEME:
        return FoundTheme()
    from clm.course.theme_colors import checked_palette  # few courses have a theme

    finder = _Finder(spec, walk)
    merged = finder.merged()
    logo = {mode: finder.file("logo", path, merged) for mode, path in merged.logo.items()}
    theme = CourseTheme(
        name=merged.name,
        has_folder=merged.folder is not None,
        mode=merged.mode,
        colors=checked_palette(merged, walk.notes),
        fonts=tuple(finder.fonts(merged)),
        logo=logo.get("light", ""),
        logo_dark=logo.get("dark", ""),
        footer=dict(merged.footer),
    )
    return FoundTheme(theme, tuple(finder.files.values()))


class _Finder:
    def __init__(self, spec: CourseSpec, walk: Walk) -> None:
        self._spec = spec
        self._walk = walk
        self.files: dict[PurePosixPath, CourseFile] = {}

    def merged(self) -> ThemeSpec:
        """The theme of the spec, over that of its folder."""
        own = self._spec.theme
        if own.folder is None:
            return own
        path = self._walk.data_dir.joinpath(*own.folder.parts)
        if not is_folder(path) or not self._walk.is_inside(path):
            hint = "create one with `clm new theme`, or name another one"
            message = f"there is no folder {str(own.folder)!r} with a theme"
            self._walk.notes.problem(message, own.place, hint=hint)
            return evolve(own, folder=None)
        for file in self._walk.folder(path):
            # What it says is part of the theme itself.
            if str(file.topic_path) != THEME_FILE:
                name = PurePosixPath(CourseTheme.FOLDER) / file.topic_path
                self.files[PurePosixPath(file.course_path)] = evolve(file, topic_path=name)
        below = self._read(path / THEME_FILE, own.folder)
        return ThemeSpec(
            folder=own.folder,
            mode=own.mode or below.mode,
            colors={**below.colors, **own.colors},
            fonts={**below.fonts, **own.fonts},
            logo=own.logo or below.logo,
            footer=own.footer or below.footer,
            place=own.place,
            places={**below.places, **own.places},
        )

    def fonts(self, theme: ThemeSpec) -> Iterator[FontFace]:
        for role, files in theme.fonts.items():
            for style, path in files.items():
                name = self.file("font", path, theme)
                weight = "100 900" if "variable" in style else _WEIGHTS.get(style, "400")
                slant = "italic" if "italic" in style else "normal"
                if name:
                    yield FontFace(role, name, slant, weight)

    def file(self, kind: str, path: PurePosixPath, theme: ThemeSpec) -> str:
        """The name of a file as an input, empty with a problem if it cannot be used."""
        place = theme.places.get(str(path), theme.place)
        if path not in self.files:
            real = self._walk.data_dir.joinpath(*path.parts)
            found = self._walk.file(real, CourseTheme.FILES / path) if is_file(real) else None
            if found is None or not self._walk.is_inside(real):
                self._walk.notes.problem(f"the {kind} {str(path)!r} is not a file", place)
                return ""
            self.files[path] = found
        file = self.files[path]
        if fault := _fault(kind, file.path):
            self._walk.notes.problem(f"the {kind} {str(path)!r} {fault}", place)
            return ""
        return str(file.topic_path)

    def _read(self, path: Path, folder: PurePosixPath) -> ThemeSpec:
        if not is_file(path):
            return NO_THEME
        # Few themes are in folders of their own.
        from clm.course.syntax.theme import read_theme
        from clm.course.syntax.yaml_tree import read_yaml

        notes = self._walk.notes
        try:
            text = read_regular(path).decode("utf-8-sig")
        except (OSError, UnicodeDecodeError):
            notes.problem("the theme is not a file in UTF-8", self._walk.place(path))
            return NO_THEME
        node = read_yaml(text, self._walk.course_path(path)) if text.strip() else None
        if node is None or getattr(node, "value", "") is None:
            return NO_THEME
        theme = read_theme(node, notes, self._spec.languages, folder)
        if theme.name or theme.folder:
            hint = "only the spec names a theme"
            notes.problem("a theme in a folder has no 'name'", theme.place, hint=hint)
        return theme


def _fault(kind: str, path: Path) -> str:
    beginnings = _BEGINNINGS[kind]
    suffix = path.suffix.lower()
    if suffix not in beginnings:
        return f"is not one of {', '.join(beginnings)}"
    with open_regular(path) as file:
        data = file.read(_MOST_BYTES[kind] + 1)
    if len(data) > _MOST_BYTES[kind]:
        return f"has more than {_MOST_BYTES[kind]:,} bytes, and each page contains it"
    if suffix == ".svg":
        from clm.course.paths.svg import svg_fault  # as above

        return svg_fault(data)
    return "" if data.startswith(beginnings[suffix]) else f"is no {suffix} file"
