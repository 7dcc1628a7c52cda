"""A build after edits of some topics only: the others are as the build before has left them.

It reads and plans these topics, and those that they link to or that link to them. Whatever may
concern more is planned as ever.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from attrs import frozen

from clm.backends.paths import ClmPaths
from clm.builder.options import BuildOptions
from clm.builder.output.places import course_name
from clm.builder.output.record import OutputsRecord
from clm.builder.planning.kept.diagnostics import dumped_diagnostic
from clm.builder.planning.replanning.part import DAMAGE, PlannedPart, plan_part
from clm.builder.report import BuildReport
from clm.builder.running.early import Figures
from clm.builder.unchanged.build import (
    are_tools_and_databases_same,
    basis_of_build,
    file_of,
    report_of,
    states_of_databases,
)
from clm.builder.unchanged.clock import Clock
from clm.builder.unchanged.edited_consumers import RecordedBuild, with_consumers
from clm.builder.unchanged.sources import changed_folders, has_same_files, with_states_of
from clm.builder.unchanged.states import States, digest_of, states_of_outputs, with_outputs
from clm.course.syntax.reader import load_spec
from clm.errors import ClmError
from clm.installed.kept import read_json, write_json
from clm.plugins import PluginRegistry


@frozen(eq=False, repr=False)
class EditedBuild:
    """The `part` of a course that is to be built, and what is kept of the last build.

    `last` is what a build reports that finds all outputs of the last one, `figures` what its
    listener is told of the plan. `folders` are the folders that have changed.
    """

    options: BuildOptions
    part: PlannedPart
    last: BuildReport
    figures: Figures
    folders: list[str]
    _kept: dict[str, Any]
    _states: States

    @classmethod
    def found(cls, options: BuildOptions, plugins: PluginRegistry) -> EditedBuild | None:
        """What is to be built; None if more than some topics may have changed."""
        basis = basis_of_build(options, plugins)
        kept = read_json(file_of(options)) if basis is not None else {}
        if basis is None or kept.get("basis") != basis or not kept.get("topics"):
            return None
        try:
            folders = changed_folders(kept["sources"])
            if not folders or "" in folders:
                return None
            if not are_tools_and_databases_same(options, plugins, kept):
                return None
            root, names, digest = kept["outputs"]
            states = states_of_outputs(root, names)
            if digest_of(states) != digest:
                return None
            paths = ClmPaths.of(options.spec_path, options.db_path)
            spec = load_spec(options.spec_path, paths.spec_tree)
            part = plan_part(kept["topics"], folders, spec, plugins, for_build=True)
            if part is None or not has_same_files(kept["sources"], part.course):
                return None
            with OutputsRecord.for_reading(paths.outputs_db) as record:
                recorded = RecordedBuild(record, course_name(options), Path(root))
                part = with_consumers(part, kept["consumers"], recorded, plugins)
            if part is None:
                return None
            last = report_of(kept["report"], options)
            figures = _figures(kept["report"], last)
        except (ClmError, OSError, *DAMAGE):
            return None  # something is gone or cannot be planned, or the file is damaged
        return cls(options, part, last, figures, folders, kept, states)

    def keep(self, report: BuildReport, written: Collection[str], began: Clock) -> None:
        """Keeps the report of the build that was carried out, if it left nothing to do."""
        if not report.is_complete or report.problems != self.last.problems:
            return
        kept, (root, names, _) = self._kept, self._kept["outputs"]
        found = {job.id: job.diagnostics for job in report.jobs}
        try:
            states = with_outputs(self._states, root, names, written)
            reported = kept["report"]["jobs"]
            jobs = [(*job[:3], *map(dumped_diagnostic, found[job[0]])) for job in reported]
            new = {
                **kept,
                "sources": with_states_of(kept["sources"], self.folders, began),
                "outputs": [root, names, digest_of(states)],
                "databases": states_of_databases(self.options),
                "report": {**kept["report"], "jobs": jobs, "state": report.state()},
            }
        except (OSError, KeyError, ValueError):
            return  # something is gone already, or is no text
        if json.loads(json.dumps(new)) != kept:
            write_json(file_of(self.options), new)


def _figures(data: Mapping[str, Any], last: BuildReport) -> Figures:
    return Counter(job.job_type for job in last.jobs), int(data["files"]), dict(data["suffixes"])
