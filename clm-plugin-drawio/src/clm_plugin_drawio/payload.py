"""Payload and settings of draw.io jobs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import evolve, field, fields, frozen
from attrs.validators import and_, deep_iterable, ge, gt, in_, le, optional

JOB_TYPE = "drawio"

# Names of a job's environment.
FONTS, DESKTOP = "fonts", "desktop"
SOURCE_FOLDER = "drawio"

FORMATS = ("png", "svg", "pdf")
RENDERERS = ("browser", "desktop")
THEMES = ("light", "dark")
FIRST, ALL = "first", "all"

_scale = and_(gt(0.0), le(20.0))
_border = and_(ge(0), le(1000))
_formats = deep_iterable(in_(FORMATS))
_optional_formats: Any = optional(_formats)


@frozen(repr=False)
class FileSettings:
    """Settings for single files; None keeps the value of the course."""

    formats: tuple[str, ...] | None = field(default=None, validator=_optional_formats)
    scale: float | None = field(default=None, validator=optional(_scale))
    border: int | None = field(default=None, validator=optional(_border))
    transparent: bool | None = None
    theme: str | None = field(default=None, validator=optional(in_(THEMES)))
    pages: str | None = None
    layers: tuple[str, ...] | None = None


@frozen(repr=False)
class DrawioSettings:
    """The plugin's settings."""

    formats: tuple[str, ...] = field(
        default=("png",),
        validator=_formats,
        metadata={"help": "formats of the pictures: png, svg, pdf"},
    )
    scale: float = field(
        default=3.0,
        validator=_scale,
        metadata={"help": "pixels of a PNG picture per pixel of the diagram"},
    )
    border: int = field(
        default=20,
        validator=_border,
        metadata={"help": "empty border around the diagram, in pixels of the diagram"},
    )
    transparent: bool = field(default=False, metadata={"help": "transparent background"})
    theme: str = field(
        default="light",
        validator=in_(THEMES),
        metadata={"help": "colours of the diagram: for light or dark pages"},
    )
    pages: str = field(
        default=FIRST,
        metadata={"help": "pages of a file to draw: first, all, or a name"},
    )
    layers: tuple[str, ...] | None = field(
        default=None,
        metadata={"help": "names of the layers to show; by default as in the file"},
    )
    embed_fonts: tuple[str, ...] = field(
        default=(),
        metadata={
            "help": "patterns of font files in the topic (woff2, woff, ttf, otf), each named after "
            "its font; a picture embeds the fonts that it uses"
        },
    )
    renderer: str = field(
        default="browser",
        validator=in_(RENDERERS),
        metadata={"help": "renderer: browser, or desktop (the draw.io program)"},
    )
    time_limit: float = field(
        default=60.0,
        validator=gt(0.0),
        metadata={"help": "time limit for one page, in seconds"},
    )
    files: Mapping[str, FileSettings] = field(
        factory=dict,
        metadata={"help": "settings that differ for files whose names match a pattern"},
    )

    def with_file(self, other: FileSettings) -> DrawioSettings:
        """These settings, overridden by those of a file."""
        named = {f.name: getattr(other, f.name) for f in fields(FileSettings)}
        return evolve(self, **{name: v for name, v in named.items() if v is not None})


@frozen(repr=False)
class PagePicture:
    """A picture to draw: the output's name, the page's number (from 0) and the format."""

    output: str
    page: int
    format: str


@frozen(repr=False)
class DrawioPayload:
    """Everything that determines the pictures of a source, apart from its bytes.

    `source` and `fonts` are files in the job's folder. `copy` is the output that is the source
    itself, or None. `time_limit` is in seconds.
    """

    source: str
    pictures: tuple[PagePicture, ...]
    renderer: str
    scale: float
    border: int
    transparent: bool
    theme: str
    time_limit: float
    layers: tuple[str, ...] | None = None
    copy: str | None = None
    fonts: tuple[str, ...] = ()
