"""Planning: one job for all pictures of a draw.io file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from attrs import evolve

from clm import (
    ConversionError,
    FileInput,
    Input,
    JobRequest,
    OutputSpec,
    Place,
    PlanContext,
    SourceFile,
    language_of,
)
from clm_plugin_drawio.fonts import FONT_SUFFIXES
from clm_plugin_drawio.payload import (
    ALL,
    DESKTOP,
    FIRST,
    FONTS,
    JOB_TYPE,
    SOURCE_FOLDER,
    DrawioPayload,
    DrawioSettings,
    PagePicture,
)
from clm_plugin_drawio.source import MAX_BYTES, Page, read_pages, stem

PICTURE_FOLDER = "img"
# In the order in which files of one name are preferred: the others are exports of the first.
_SUFFIXES = (".drawio", ".drawio.svg", ".drawio.png")
_UNSAFE = re.compile(r"[^\w.-]+")


def plan(source: SourceFile, context: PlanContext) -> list[JobRequest]:
    """One job for all pictures of a file.

    Raises:
        ConversionError: the file is damaged or does not have the requested page.
    """
    settings = _settings(source, context)
    specs, pictures = [], []
    for number, name in _drawn(settings, source, context):
        for format in dict.fromkeys(settings.formats):
            picture = PagePicture(f"{number}.{format}", number, format)
            path = _folder(source.topic_path) / f"{name}.{format}"
            pictures.append(picture)
            specs.append(_spec(picture.output, path, source, context))
    copy = _copy(source, context)
    fonts = _fonts(settings, context)
    payload = DrawioPayload(
        source=source.topic_path.name,
        pictures=tuple(pictures),
        renderer=settings.renderer,
        scale=settings.scale,
        border=settings.border,
        transparent=settings.transparent,
        theme=settings.theme,
        time_limit=settings.time_limit,
        layers=settings.layers,
        copy=copy.name if copy else None,
        fonts=tuple(font.name for font in fonts),
    )
    request = JobRequest(
        id=f"{JOB_TYPE}:{source.course_path}",
        job_type=JOB_TYPE,
        payload=payload,
        source=source.course_path,
        inputs=(FileInput(source.topic_path.name, source.path, source.digest), *fonts),
        outputs=(*specs, copy) if copy else tuple(specs),
        environment=_environment(settings) if specs else (),
    )
    return [request]


def _environment(settings: DrawioSettings) -> tuple[str, ...]:
    return (FONTS, DESKTOP) if settings.renderer == "desktop" else (FONTS,)


def _settings(source: SourceFile, context: PlanContext) -> DrawioSettings:
    settings: DrawioSettings = context.settings or DrawioSettings()
    for pattern, own in settings.files.items():
        path = source.course_path
        if fnmatchcase(source.topic_path.name, pattern) or fnmatchcase(path, pattern):
            settings = settings.with_file(own)
    return settings


def _fonts(settings: DrawioSettings, context: PlanContext) -> tuple[Input, ...]:
    def is_selected(path: PurePosixPath) -> bool:
        patterns = settings.embed_fonts
        is_font = path.suffix.lower() in FONT_SUFFIXES
        return is_font and any(fnmatchcase(str(path), pattern) for pattern in patterns)

    selected = [item for item in context.topic_files if is_selected(PurePosixPath(item.name))]
    # In a folder of their own, since the source is stored without its folder.
    return tuple(evolve(item, name=f"fonts/{item.name}") for item in selected)


def _data(source: SourceFile) -> bytes:
    try:
        with source.path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConversionError(
            f"the diagram cannot be read: {error.strerror}", place=Place(source.course_path)
        ) from error


def _drawn(
    settings: DrawioSettings, source: SourceFile, context: PlanContext
) -> Iterator[tuple[int, str]]:
    """Like `_selected`; nothing for an editable picture that lies beside the file it shows."""
    path, others = source.topic_path, {item.name for item in context.topic_files}
    better = _SUFFIXES[
        : next(n for n, suffix in enumerate(_SUFFIXES) if path.name.endswith(suffix))
    ]
    if not any(str(path.parent / f"{stem(path)}{suffix}") in others for suffix in better):
        pages = read_pages(_data(source), source.course_path)
        yield from _selected(pages, settings, source)


def _selected(
    pages: tuple[Page, ...], settings: DrawioSettings, source: SourceFile
) -> Iterator[tuple[int, str]]:
    """The numbers (from 0) of the pages to draw, and their pictures' names without suffix.

    The picture of the first page has the file's name, whichever pages are drawn; so does that
    of a page selected by name.
    """
    base = stem(source.topic_path)
    if settings.pages == FIRST:
        yield 0, base
    elif settings.pages == ALL:
        taken = {base.casefold()}
        yield 0, base
        for number, page in enumerate(pages[1:], 1):
            yield number, _free(f"{base}-{_slug(page.name) or number + 1}", taken)
    else:
        names = [page.name for page in pages]
        if settings.pages not in names:
            raise ConversionError(
                f"the file has no page {settings.pages!r}",
                place=Place(source.course_path),
                hint=f"its pages are {', '.join(map(repr, names))}; see the setting `pages`",
            )
        yield names.index(settings.pages), base


def _slug(name: str) -> str:
    return _UNSAFE.sub("-", name).strip("-.")[:80]


def _free(name: str, taken: set[str]) -> str:
    """The name, with a number if it is taken; some file systems ignore case."""
    free, count = name, 1
    while free.casefold() in taken:
        count += 1
        free = f"{name}-{count}"
    taken.add(free.casefold())
    return free


def _folder(path: PurePosixPath) -> PurePosixPath:
    """The folder of the pictures: `img` beside the folder `drawio`, or beside the file."""
    parent = path.parent
    if parent.name == PICTURE_FOLDER:
        return parent
    if parent.name == SOURCE_FOLDER:
        parent = parent.parent
    return parent / PICTURE_FOLDER


def _copy(source: SourceFile, context: PlanContext) -> OutputSpec | None:
    """The output for the source itself: an editable picture outside of the folder `drawio`."""
    path = source.topic_path
    if path.suffix == ".drawio" or SOURCE_FOLDER in path.parts[:-1]:
        return None
    return _spec("source", path, source, context)


def _spec(name: str, path: PurePosixPath, source: SourceFile, context: PlanContext) -> OutputSpec:
    # The stem, since a picture can be a source: `x.de.drawio.png`.
    file = PurePosixPath(f"{stem(source.topic_path)}.drawio")
    language = language_of(file, context.course_name)
    only = (language,) if language else ()
    return OutputSpec(name, topic_path=path, languages=only)
