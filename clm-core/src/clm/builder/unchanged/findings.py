"""What a validation has found, given again as long as nothing has changed."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from attrs import frozen

from clm.backends.paths import ClmPaths
from clm.builder.output.places import course_roots, default_folder
from clm.builder.planning.kept.diagnostics import dumped_diagnostic, loaded_diagnostic
from clm.builder.unchanged.basis import basis_of
from clm.builder.unchanged.clock import Clock
from clm.builder.unchanged.sources import changed_folders, sources_of, with_states_of
from clm.course.course import Course
from clm.course.finding import specs_in
from clm.errors import Diagnostic
from clm.installed.kept import read_json, write_json
from clm.plugins import PluginRegistry


@frozen(repr=False)
class Findings:
    """What is wrong with a course: in each source, by its path, and what is found besides.

    That `before` and `after` is in this order, since of equal ones only the first counts.
    """

    before: Sequence[Diagnostic] = ()
    of_sources: Mapping[str, Sequence[Diagnostic]] = {}
    after: Sequence[Diagnostic] = ()

    @property
    def all(self) -> list[Diagnostic]:
        inside = (diagnostic for found in self.of_sources.values() for diagnostic in found)
        return [*self.before, *inside, *self.after]


@frozen(repr=False, slots=False)
class KeptFindings:
    """The findings of the last validation of a spec, in a file that may be lost or damaged.

    `basis` is the digest of all that they depend on besides files; None if that is not known.
    """

    spec_path: Path
    file: Path
    basis: str | None

    @classmethod
    def of(cls, spec_path: Path, plugins: PluginRegistry, data_dir: Path | None) -> KeptFindings:
        paths = ClmPaths.of(spec_path)
        found = paths.folder.is_dir()
        basis = basis_of(plugins, "validate", str(spec_path), str(data_dir)) if found else None
        return cls(spec_path, paths.findings_of(spec_path), basis)

    @cached_property
    def data(self) -> dict[str, Any]:
        """What is in the file; empty if it is of no use."""
        kept = read_json(self.file) if self.basis else {}
        return kept if kept and kept.get("basis") == self.basis else {}

    def found(self) -> tuple[Findings, Path] | None:
        """The findings and the data folder; None if something may have changed."""
        try:
            if not self.data or self.changed_folders():
                return None
            return self.findings(), Path(self.data["data_dir"])
        except (OSError, KeyError, IndexError, TypeError, ValueError, OverflowError):
            return None  # something is gone, or the file is damaged

    def changed_folders(self) -> list[str]:
        """The folders that have changed; `""` is one of them if more has.

        Raises:
            OSError, KeyError, TypeError, ValueError: something is gone, or the file is damaged.
        """
        return self._changed_folders

    @cached_property
    def _changed_folders(self) -> list[str]:
        kept = self.data
        if kept["specs"] != self._specs():
            return [""]
        if any(os.path.realpath(path) != real for path, real in kept["outputs"]):
            return [""]
        return changed_folders(kept["sources"])

    def findings(self) -> Findings:
        """The findings in the file; raises as `changed_folders`."""
        before, of_sources, after = self.data["found"]
        return Findings(
            tuple(map(loaded_diagnostic, before)),
            {path: tuple(map(loaded_diagnostic, found)) for path, found in of_sources.items()},
            tuple(map(loaded_diagnostic, after)),
        )

    def keep(
        self, found: Findings, course: Course, topics: Mapping[str, Any] | None, began: Clock
    ) -> None:
        """Notes what was found of the course, unless something may have changed since.

        `topics` is what is known of its topics.
        """
        if self.basis is None:
            return
        specs = specs_in(self.spec_path.absolute().parent)
        sources = sources_of(course, began, [path for path in specs if path.is_file()])
        if sources is None:
            return
        root = default_folder(course)
        kept = {
            "basis": self.basis,
            "sources": sources,
            "specs": self._specs(),
            # Links may lead from them to the sources.
            "outputs": [(str(path), os.path.realpath(path)) for path in course_roots(root, course)],
            "data_dir": str(course.data_dir),
            "topics": topics,
        }
        self._write(kept, found)

    def keep_edited(self, found: Findings, folders: Sequence[str], began: Clock) -> None:
        """Notes what was found after an edit of files in these folders."""
        sources = with_states_of(self.data["sources"], folders, began)
        self._write({**self.data, "sources": sources}, found)

    def _write(self, kept: Mapping[str, Any], found: Findings) -> None:
        try:
            dumped = [
                [*map(dumped_diagnostic, found.before)],
                {path: [*map(dumped_diagnostic, own)] for path, own in found.of_sources.items()},
                [*map(dumped_diagnostic, found.after)],
            ]
        except ValueError:
            return
        write_json(self.file, {**kept, "found": dumped})

    def _specs(self) -> list[Any]:
        """The names of the specs beside this one, whose topics are used."""
        return [path.name for path in specs_in(self.spec_path.absolute().parent)]
