"""Checks of a plan: files that no plugin converts, and files that are kept private."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from mimetypes import MimeTypes
from pathlib import PurePosixPath

from clm.course.course import Topic
from clm.errors import Diagnostic, Severity
from clm.hints import shortened
from clm.jobs.job_type import JobType
from clm.plugins import PluginRegistry, PluginStatus

# Suffixes that Python's table of MIME types lacks.
_DATA = frozenset(
    {".cfg", ".db", ".docx", ".ini", ".lock", ".npy", ".npz", ".odt", ".parquet", ".pkl", ".sql"}
    | {".sqlite", ".toml", ".xls", ".xlsx", ".yaml", ".yml"}
)
_TEXT_AND_CODE = frozenset(
    {".cc", ".cpp", ".cs", ".cxx", ".go", ".hh", ".hpp", ".hxx", ".ipynb", ".java", ".jl", ".kt"}
    | {".md", ".r", ".rs", ".rst", ".ts"}
)


def may_be_source(path: PurePosixPath, job_types: Iterable[JobType]) -> bool:
    """Whether the file is neither ordinary data or code nor claimed by a job type.

    The system's table of MIME types is not used, so the answer is the same on all machines.
    """
    suffix = path.suffix.lower()
    if not suffix or suffix in _DATA | _TEXT_AND_CODE or suffix in _MEDIA or mime_type(path):
        return False
    return not any(pattern.endswith(suffix) for jt in job_types for pattern in jt.patterns)


def is_data(path: PurePosixPath) -> bool:
    """Whether the file is ordinary data by its suffix: no code, and nothing of a plugin's own."""
    suffix = path.suffix.lower()
    if suffix in _DATA or suffix in _MEDIA:
        return True
    return suffix not in _TEXT_AND_CODE and mime_type(path) is not None


def claimed_twice(job_types: Iterable[JobType], plugins: Mapping[str, str]) -> Diagnostic:
    """The error of a file that several job types claim; `plugins` has their plugins' labels."""
    names = [f"{jt.name!r} of {plugins[jt.name]}" for jt in job_types]
    return Diagnostic(
        f"claimed by two job types: {' and '.join(names)}",
        hint="uninstall one of the plugins, or block it with CLM_BLOCK_PLUGINS",
    )


def unclaimed_files(
    topic: Topic, paths: Sequence[PurePosixPath], job_types: Collection[JobType]
) -> Iterator[Diagnostic]:
    """A warning of a topic in which no file is a source, unless another one lists its files."""
    if paths and all(may_be_source(path, job_types) or is_medium(path) for path in paths):
        return
    if paths:
        names = ", ".join(map(str, paths[:5]))
        message = (
            f"no installed plugin converts a file of topic {topic.id!r}; "
            f"its files are copied unchanged ({names})"
        )
        hint = "install the plugin for these files; `clm plugins list` lists the installed ones"
    else:
        message = f"the topic {topic.id!r} has no files"
        hint = f"add one with `clm new deck TITLE --topic {topic.id}`, or remove the topic"
    yield Diagnostic(message, Severity.WARNING, topic.spec.place, hint)


def unconverted_files(files: Sequence[str], plugins: PluginRegistry) -> list[Diagnostic]:
    """One warning for all these files; none if there are no files."""
    if not files:
        return []
    blocked = [p.name for p in plugins.plugins if p.status is PluginStatus.BLOCKED]
    hint = "`clm plugins list` lists the installed plugins"
    if blocked:
        hint += f"; blocked: {', '.join(blocked)}"
    return [
        Diagnostic(
            f"{len(files)} file(s) are copied unchanged, since no installed plugin converts them",
            Severity.WARNING,
            hint=hint,
            excerpt="\n".join(shortened(files)),
        )
    ]


def private_files(files: Sequence[str]) -> list[Diagnostic]:
    """One warning for all these files, which are not delivered; none if there are no files."""
    if not files:
        return []
    return [
        Diagnostic(
            f"{len(files)} file(s) are in no output: no deck uses them, and students must not see "
            "them",
            Severity.WARNING,
            hint="rename a file that is meant for students; a deck finds its files by their names",
            excerpt="\n".join(shortened(files)),
        )
    ]


def files_with_private_content(files: Sequence[str]) -> list[Diagnostic]:
    """One warning for all these files, which students do not get; none if there are no files."""
    if not files:
        return []
    return [
        Diagnostic(
            f"{len(files)} file(s) have parts that students must not see, but are not converted; "
            "students do not get them",
            Severity.WARNING,
            hint="name a source as its plugin expects (`clm plugins info NAME`), "
            "or remove what is hidden from the file",
            excerpt="\n".join(shortened(files)),
        )
    ]


# Those that Python's tables of MIME types have as audio, font, image or video, and newer ones. The
# tables differ between versions of Python, and take time to load.
_MEDIA = frozenset(
    {".3g2", ".3gp", ".3gpp", ".3gpp2", ".aac", ".adts", ".aif", ".aifc", ".aiff", ".apng", ".au"}
    | {".avi", ".avif", ".bmp", ".flac", ".gif", ".heic", ".heif", ".ico", ".ief", ".jpe", ".jpeg"}
    | {".jpg", ".loas", ".m1v", ".m4a", ".m4v", ".mkv", ".mov", ".movie", ".mp2", ".mp3", ".mp4"}
    | {".mpa", ".mpe", ".mpeg", ".mpg", ".oga", ".ogg", ".ogv", ".opus", ".otf", ".pbm", ".pgm"}
    | {".png", ".pnm", ".ppm", ".qt", ".ra", ".ras", ".rgb", ".snd", ".svg", ".tif", ".tiff"}
    | {".ttc", ".ttf", ".wav", ".weba", ".webm", ".webp", ".wmv", ".woff", ".woff2", ".xbm"}
    | {".xpm", ".xwd"}
)


def is_medium(path: PurePosixPath) -> bool:
    """Whether a file is an image, audio, video or font by its suffix.

    Such a file has no text that only a speaker should see.
    """
    return path.suffix.lower() in _MEDIA


def mime_type(path: PurePosixPath) -> str | None:
    """The MIME type of a file's name in Python's own tables."""
    return _tables().guess_type(path.name)[0]


@cache
def _tables() -> MimeTypes:
    return MimeTypes()
