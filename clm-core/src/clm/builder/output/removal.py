"""Removal of the outputs of earlier builds that a course no longer has."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from pathlib import Path, PurePosixPath

from attrs import define, field

from clm.backends.backend import RemoveFile
from clm.backends.local_ops import TEMPORARY_SUFFIX
from clm.builder.output.delivery import Delivery
from clm.builder.output.recorded import RecordedOutput
from clm.course.files import is_skipped_file, is_skipped_folder
from clm.course.paths.stored_names import normal
from clm.errors import ClmError, Diagnostic, Severity
from clm.hints import listing

_NAMED = 5  # files that a message lists


@define(eq=False, repr=False, slots=False)
class OldOutputs:
    """The outputs of a course below a delivery's folder that are not `wanted`.

    Only files that CLM wrote for this course and that were not modified since are removed, with
    the folders that become empty. The record says which these are; without it nothing is removed.
    """

    delivery: Delivery
    wanted: Collection[str]
    _removed: list[str] = field(factory=list, init=False)
    _modified: list[str] = field(factory=list, init=False)
    _errors: list[Diagnostic] = field(factory=list, init=False)

    def unmodified(self) -> Iterator[str]:
        """The paths of those that would be removed."""
        for path, recorded in self._not_wanted():
            try:
                if self.delivery.exists_unchanged(path, recorded):
                    yield path
            except ClmError:
                continue  # the removal itself reports it

    async def remove(self) -> None:
        """Removes the unmodified ones; modified ones are kept and no longer tracked.

        A file that cannot be removed stays in the record, so the next build tries again.
        """
        for path, recorded in self._not_wanted():
            try:
                await self._remove(path, recorded)
            except ClmError as error:
                self._errors += error.diagnostics
            else:
                self.delivery.record.forget(self.delivery.root, [path])

    def notes(self) -> Iterator[Diagnostic]:
        """What was not removed: errors, modified outputs, and files that CLM did not write."""
        root = self.delivery.root
        if self._errors:
            first = self._errors[0]
            more = f" (and {len(self._errors) - 1} more)" if len(self._errors) > 1 else ""
            yield Diagnostic(f"{first.message}{more}", hint=first.hint)
        if self._modified:
            yield Diagnostic(
                f"{len(self._modified)} output(s) that the course no longer has were modified "
                f"since CLM wrote them; kept in {root}: {listing(self._modified, _NAMED)}",
                Severity.WARNING,
                hint="delete the ones you do not need; CLM no longer tracks them",
            )
        if foreign := sorted(self._foreign()):
            yield Diagnostic(
                f"{len(foreign)} file(s) that CLM did not write are in folders of outputs that the "
                f"course no longer has; kept in {root}: {listing(foreign, _NAMED)}",
                Severity.WARNING,
                hint="delete the ones you do not need",
            )

    def _not_wanted(self) -> list[tuple[str, RecordedOutput]]:
        return [
            (path, recorded)
            for path, recorded in self.delivery.recorded.items()
            if path not in self.wanted and self.delivery.is_own(recorded)
        ]

    async def _remove(self, path: str, recorded: RecordedOutput) -> None:
        delivery = self.delivery
        unchanged = delivery.exists_unchanged(path, recorded)
        if unchanged is not None and self._is_other_name_of_wanted(path):
            return
        if unchanged:
            await delivery.backend.execute_operation(
                RemoveFile(delivery.target(path), delivery.root)
            )
            delivery.report.files_removed += 1
            del delivery.recorded[path]
            self._removed.append(path)
        elif unchanged is False:
            self._modified.append(path)

    def _is_other_name_of_wanted(self, path: str) -> bool:
        """Whether the file is a wanted one, whose name the file system does not tell apart."""
        alike = self._wanted_by_folded_name.get(_folded(path), ())
        try:
            return any(
                self.delivery.target(path).samefile(target)
                for name in alike
                if (target := self.delivery.target(name)).exists()
            )
        except OSError:
            return True  # unclear, so it is kept

    @cached_property
    def _wanted_by_folded_name(self) -> Mapping[str, list[str]]:
        names: dict[str, list[str]] = {}
        for path in self.wanted:
            names.setdefault(_folded(path), []).append(path)
        return names

    def _foreign(self) -> Iterator[str]:
        """The files that are left in folders of which no output is wanted, by their paths."""
        known = {*self._modified, *self.delivery.recorded}
        for folder in _abandoned(self._removed, self.wanted):
            for path in _files(self.delivery.root / folder):
                name = path.relative_to(self.delivery.root).as_posix()
                if name not in known:
                    yield name


def _folded(path: str) -> str:
    return normal(path.casefold())


def _abandoned(removed: Collection[str], wanted: Collection[str]) -> Iterator[str]:
    """The folders that had only removed outputs: for each tree the one that had all of them."""
    if not removed:
        return
    folders_of_wanted = {path.rpartition("/")[0] for path in wanted}
    used = {str(f) for parent in folders_of_wanted for f in PurePosixPath(parent, "x").parents}
    trees: dict[str, list[str]] = {}
    for path in removed:
        folders = [str(folder) for folder in PurePosixPath(path).parents if str(folder) != "."]
        unused = [folder for folder in folders if folder not in used]
        if unused:
            trees.setdefault(unused[-1], []).append(unused[0])
    for folders in trees.values():
        yield os.path.commonpath(folders).replace(os.sep, "/")


def _files(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not is_skipped_folder(name)]
        for name in names:
            if not is_skipped_file(name) and not name.endswith(TEMPORARY_SUFFIX):
                yield Path(parent, name)
