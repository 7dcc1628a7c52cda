"""What a validation finds after edits of some topics only."""

from __future__ import annotations

from pathlib import Path

from attrs import evolve

from clm.backends.paths import ClmPaths
from clm.builder.digests import FileDigests
from clm.builder.planning.kept.checks import KeptChecks
from clm.builder.planning.plugins.calls import SourceChecks
from clm.builder.planning.plugins.settings import usable_settings
from clm.builder.planning.replanning.part import DAMAGE, plan_part
from clm.builder.unchanged.clock import Clock
from clm.builder.unchanged.findings import Findings, KeptFindings
from clm.builder.unchanged.sources import has_same_files
from clm.course.syntax.reader import load_spec
from clm.errors import ClmError, Diagnostic
from clm.plugins import PluginRegistry
from clm.plugins.code_identity import code_identity
from clm.plugins.remembered import with_remembered_claims
from clm.plugins.time_limit import call_seconds, limited_calls


def edited_findings(
    kept: KeptFindings, plugins: PluginRegistry, began: Clock
) -> tuple[Findings, Path] | None:
    """The findings and the data folder; None if more than some topics may have changed.

    Only these topics, and those with links to them, are checked.
    """
    try:
        return _edited_findings(kept, plugins, began)
    except (ClmError, OSError, *DAMAGE):
        return None  # something is gone or cannot be planned, or the file is damaged


def _edited_findings(
    kept: KeptFindings, plugins: PluginRegistry, began: Clock
) -> tuple[Findings, Path] | None:
    folders, code = kept.changed_folders(), code_identity(plugins)
    if not folders or "" in folders or code is None:
        return None
    known, paths = kept.data["topics"], ClmPaths.of(kept.spec_path)
    spec = load_spec(kept.spec_path, paths.spec_tree)
    spec = evolve(spec, plugins=usable_settings(spec, plugins)[0])
    checks_kept = KeptChecks(paths.checks_of(kept.spec_path), code, FileDigests().digest)
    checks = SourceChecks(checks_kept)
    noting = checks.noting_sources(with_remembered_claims(plugins, paths.claims))
    part = plan_part(known, folders, spec, noting)
    if part is None or not has_same_files(kept.data["sources"], part.course):
        return None
    with limited_calls(call_seconds()):
        found: dict[str, list[Diagnostic]] = {}
        for source, problems in checks.found_by_source(part.plan, part.sources):
            found.setdefault(source, []).extend(problems)
    findings = kept.findings()
    if not (checks.are_certain and found.keys() <= findings.of_sources.keys()):
        return None
    checks_kept.save(keep_others=True)
    findings = evolve(findings, of_sources={**findings.of_sources, **found})
    kept.keep_edited(findings, folders, began)
    return findings, part.course.data_dir
