"""What a validation has found, given again as long as nothing has changed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from attrs import frozen

from clm.backends.paths import ClmPaths
from clm.builder.output.places import course_roots, default_folder
from clm.builder.planning.kept.diagnostics import dumped_diagnostic, loaded_diagnostic
from clm.builder.unchanged.basis import basis_of
from clm.builder.unchanged.clock import Clock
from clm.builder.unchanged.sources import are_same, sources_of
from clm.course.course import Course
from clm.course.finding import specs_in
from clm.errors import Diagnostic
from clm.installed.kept import read_json, write_json
from clm.plugins import PluginRegistry


@frozen(repr=False)
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

    def found(self) -> tuple[tuple[Diagnostic, ...], Path] | None:
        """The findings and the data folder; None if something may have changed."""
        kept = read_json(self.file) if self.basis else {}
        if not kept or kept.get("basis") != self.basis:
            return None
        try:
            if kept["specs"] != self._specs() or not are_same(kept["sources"]):
                return None
            if any(os.path.realpath(path) != real for path, real in kept["outputs"]):
                return None
            return tuple(map(loaded_diagnostic, kept["found"])), Path(kept["data_dir"])
        except (OSError, KeyError, IndexError, TypeError, ValueError, OverflowError):
            return None  # something is gone, or the file is damaged

    def keep(self, found: Sequence[Diagnostic], course: Course, began: Clock) -> None:
        """Notes what was found of the course, unless something may have changed since."""
        if self.basis is None:
            return
        specs = specs_in(self.spec_path.absolute().parent)
        sources = sources_of(course, began, [path for path in specs if path.is_file()])
        if sources is None:
            return
        try:
            dumped = [dumped_diagnostic(diagnostic) for diagnostic in found]
        except ValueError:
            return
        root = default_folder(course)
        kept = {
            "basis": self.basis,
            "sources": sources,
            "specs": self._specs(),
            # Links may lead from them to the sources.
            "outputs": [(str(path), os.path.realpath(path)) for path in course_roots(root, course)],
            "found": dumped,
            "data_dir": str(course.data_dir),
        }
        write_json(self.file, kept)

    def _specs(self) -> list[Any]:
        """The names of the specs beside this one, whose topics are used."""
        return [path.name for path in specs_in(self.spec_path.absolute().parent)]
