"""Files that are copied although a plugin which is not here may convert them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

from clm.builder.media import mime_type
from clm.errors import Diagnostic, Severity
from clm.jobs.job_type import JobType
from clm.plugins import PluginRegistry, PluginStatus

_SHOWN = 20  # files
# What Python's table of kinds lacks.
_DATA = frozenset(
    {".cfg", ".db", ".docx", ".ini", ".lock", ".npy", ".npz", ".odt", ".parquet", ".pkl", ".sql"}
    | {".sqlite", ".toml", ".xls", ".xlsx", ".yaml", ".yml"}
)
_TEXT_AND_CODE = frozenset(
    {".cc", ".cpp", ".cs", ".cxx", ".go", ".hh", ".hpp", ".hxx", ".ipynb", ".java", ".jl", ".kt"}
    | {".md", ".r", ".rs", ".rst", ".ts"}
)


def may_be_source(path: PurePosixPath, job_types: Iterable[JobType]) -> bool:
    """Whether the file is neither ordinary data or code nor of a kind that a job type converts.

    The system's own table of kinds is not asked, so that all machines agree.
    """
    suffix = path.suffix.lower()
    if not suffix or suffix in _DATA | _TEXT_AND_CODE or mime_type(path):
        return False
    return not any(pattern.endswith(suffix) for jt in job_types for pattern in jt.patterns)


def unconverted_files(files: Sequence[str], plugins: PluginRegistry) -> list[Diagnostic]:
    """One note of all these files, none where there are none."""
    if not files:
        return []
    more = [f"and {len(files) - _SHOWN} more"] if len(files) > _SHOWN else []
    blocked = [p.name for p in plugins.plugins if p.status is PluginStatus.BLOCKED]
    hint = "`clm plugins list` shows which plugins there are"
    if blocked:
        hint += f"; blocked are: {', '.join(blocked)}"
    return [
        Diagnostic(
            f"{len(files)} file(s) are copied as they are, since no plugin here converts them",
            Severity.WARNING,
            hint=hint,
            excerpt="\n".join([*files[:_SHOWN], *more]),
        )
    ]
