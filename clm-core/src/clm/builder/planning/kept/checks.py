"""What checks of sources have found, kept by the digest of all that they depend on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from attrs import define, field

from clm.builder.planning.kept.contents import Contents, UnknownContentError
from clm.builder.planning.kept.diagnostics import dumped_diagnostic, loaded_diagnostic
from clm.errors import Diagnostic
from clm.installed.kept import read_json, write_json
from clm.jobs.planning import PlanContext
from clm.jobs.request import FileInput, JobRequest
from clm.jobs.source import SourceFile

FORMAT = 2
"""Incremented whenever the file is written otherwise, or keys are made otherwise."""

# Fields of contexts that all sources of a course or section share.
_SHARED = ("variants", "templates", "settings", "theme", "theme_files", "page_links")


@define(eq=False, repr=False)
class KeptChecks:
    """Results of checks in a file, which may be lost or damaged.

    `code` identifies all code that checks run, `digest` returns the present digest of a file. A
    check depends on nothing else but its arguments. What cannot be told is not kept.
    """

    file: Path
    code: str
    digest: Callable[[Path], str]
    _contents: Contents = field(factory=Contents, init=False)
    _known: dict[str, Any] = field(init=False)
    _used: dict[str, Any] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        data = read_json(self.file)
        is_usable = data.get("format") == FORMAT and data.get("code") == self.code
        found = data.get("found") if is_usable else None
        self._known = found if isinstance(found, dict) else {}

    def key(
        self,
        job_type: str,
        source: SourceFile,
        context: PlanContext,
        requests: Sequence[JobRequest],
    ) -> str | None:
        """The key of a check; None if its arguments have parts of unknown content."""
        names = (a for a in type(context).__attrs_attrs__ if a.name not in _SHARED)
        own = [getattr(context, attribute.name) for attribute in names]
        try:
            shared = [self._contents.shared(getattr(context, name)) for name in _SHARED]
            made = [self._contents.digest(request) for request in requests]
            return self._contents.digest(self.code, job_type, source, shared, own, made)
        except UnknownContentError:
            return None

    def add(self, found: tuple[str, Any] | None) -> None:
        """Adds what a check with this key has found, as plain data, if another process did it."""
        if found is not None:
            self._known.setdefault(*found)

    def dumped(self, key: str) -> list[Any]:
        """What the check with this key, which is kept, has found, as plain data."""
        found: list[Any] = self._used[key]
        return found

    @property
    def count(self) -> int:
        """The number of checks that are known."""
        return len(self._known)

    def found(self, key: str) -> tuple[Diagnostic, ...] | None:
        """What the check with this key has found; None if that is not known."""
        kept = self._known.get(key)
        try:
            diagnostics = None if kept is None else tuple(map(loaded_diagnostic, kept))
        except (TypeError, ValueError):
            return None  # the file is damaged
        if diagnostics is not None:
            self._used[key] = kept
        return diagnostics

    def keep(
        self,
        key: str,
        found: Iterable[Diagnostic],
        source: SourceFile,
        requests: Iterable[JobRequest],
    ) -> bool:
        """Notes what the check has found, unless a file has changed since it was planned."""
        files = [item for request in requests for item in request.inputs]
        read = {file.path: file.digest for file in files if isinstance(file, FileInput)}
        read[source.path] = source.digest
        try:
            same = all(self.digest(path) == digest for path, digest in read.items())
            dumped = [dumped_diagnostic(diagnostic) for diagnostic in found]
        except (OSError, TypeError, ValueError):
            return False
        is_exact = [loaded_diagnostic(item) for item in dumped] == list(found)
        if same and is_exact:
            self._used[key] = dumped
        return same and is_exact

    def save(self, *, keep_others: bool = False) -> None:
        """Writes what was used or new, if the folder of the file exists and is writable.

        If only some sources were checked, `keep_others` keeps what is known of the others.
        """
        if keep_others:
            self._used = {**self._known, **self._used}
        if self._used != self._known and self.file.parent.is_dir():
            write_json(self.file, {"format": FORMAT, "code": self.code, "found": self._used})
