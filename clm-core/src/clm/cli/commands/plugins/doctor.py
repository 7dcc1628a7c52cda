"""`clm doctor`: checks of the external tools of plugins."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import attrs
import click
from attrs import frozen

from clm.builder.planning.planner import missing_plugins
from clm.builder.planning.plugins.settings import (
    default_problems,
    defaults_for,
    usable_settings,
)
from clm.cli.current_course import current_spec
from clm.cli.groups import load_plugins_of
from clm.cli.options import StoredPath, common_options
from clm.cli.output.console import echo_err, json_option, plain, show_all, write_json
from clm.cli.output.formatting import shown_path
from clm.cli.plugin_checks import as_typed, may_run, remedy_of, run_check, run_fix, with_rights
from clm.course.course import Course, usual_data_dir
from clm.course.syntax.reader import read_spec
from clm.errors import Diagnostic, SettingsError
from clm.plugins import LoadedPlugin, PluginRegistry, PluginStatus
from clm.registration import Check, CheckResult


@frozen
class _Finding:
    plugin: LoadedPlugin
    check: str
    result: CheckResult


@frozen
class _Course:
    """A course, if there is one: its usable settings by plugin, and all problems outside checks."""

    spec: Path | None
    settings: Mapping[str, Mapping[str, object]]
    problems: Sequence[Diagnostic]


@click.command("doctor")
@click.argument("spec", required=False, type=StoredPath(dir_okay=False))
@click.option("--fix", is_flag=True, help="Install missing tools; ask before each command.")
@click.option("--yes", is_flag=True, help="With --fix, do not ask for confirmation.")
@json_option
@common_options
@click.pass_context
def doctor(
    context: click.Context, /, spec: Path | None, fix: bool, yes: bool, as_json: bool
) -> None:
    """Check external tools and install missing ones.

    These are the tools that plugins need, with the settings of a course: SPEC, or the course that
    the current folder is in. With --fix, CLM runs the commands that plugins suggest
    for apt-get, brew, winget and the pip of CLM's Python; other commands are only printed.

    Exit codes: 0 no problems, 1 a tool is missing or a plugin is broken.
    """
    if yes and not fix:
        raise click.UsageError("--yes requires --fix", context)
    spec = current_spec(spec)
    registry = load_plugins_of(spec)
    course = _course(registry, spec)
    findings = _examine(registry, course)
    if not as_json:
        _show(registry, course, findings)
    if fix and _run_fixes(findings, ask=not yes):
        importlib.invalidate_caches()
        findings = _examine(registry, course)
        if not as_json:
            click.echo("\nafter the installation:\n")
            _show(registry, course, findings)
    if as_json:
        write_json(**_as_data(course, findings))
    context.exit(0 if _is_ok(course, findings) else 1)


def _course(registry: PluginRegistry, spec_path: Path | None) -> _Course:
    problems = [d for problem in registry.problems for d in problem.diagnostics]
    if spec_path is None:
        return _Course(None, {}, problems)
    spec, faults = read_spec(spec_path)
    problems += faults
    if spec is None:
        return _Course(spec_path, {}, problems)
    settings, wrong = usable_settings(spec, registry)
    # The files of the course do not matter.
    course = Course(spec, usual_data_dir(spec), ())
    for plugin in registry.plugins:
        own = settings.get(plugin.name, {})
        defaults = defaults_for(plugin.name, own, spec, course.data_dir, registry)
        settings[plugin.name] = {**defaults, **own}
    needed = [*missing_plugins(course, registry), *default_problems(course, registry)]
    return _Course(spec_path, settings, [*problems, *wrong, *needed])


def _examine(registry: PluginRegistry, course: _Course) -> list[_Finding]:
    return [
        _Finding(plugin, check.name, _result(registry, plugin, check, course))
        for plugin, check in registry.checks()
    ]


def _result(
    registry: PluginRegistry, plugin: LoadedPlugin, check: Check, course: _Course
) -> CheckResult:
    if not check.takes_settings:
        return run_check(check)
    try:
        settings = registry.settings(plugin.name, course.settings.get(plugin.name, {}))
    except SettingsError as error:
        return CheckResult(False, error.message, error.hint)
    return run_check(check, settings)


def _is_ok(course: _Course, findings: Iterable[_Finding]) -> bool:
    return not course.problems and all(_is_fine(finding.result) for finding in findings)


def _is_fine(result: CheckResult) -> bool:
    return result.ok or result.optional


def _show(registry: PluginRegistry, course: _Course, findings: Sequence[_Finding]) -> None:
    if course.spec is not None:
        click.echo(plain(f"course: {shown_path(course.spec)}\n"))
    for plugin in registry.plugins:
        status = "" if plugin.status is PluginStatus.OK else f" ({plugin.status})"
        click.echo(plain(f"{plugin.name}: {plugin.distribution} {plugin.version}{status}"))
        for finding in findings:
            if finding.plugin is plugin:
                _show_finding(finding)
    show_all(course.problems)
    missing = sum(not _is_fine(finding.result) for finding in findings) + len(course.problems)
    click.echo(f"{missing} problem(s)" if missing else "no problems")


def _show_finding(finding: _Finding) -> None:
    result = finding.result
    state = "ok" if result.ok else "absent" if result.optional else "missing"
    click.echo(f"  {state:7}  {plain(finding.check)}: {plain(result.message)}")
    remedy = remedy_of(result)
    if remedy:
        click.echo(f"           {'optional' if _is_fine(result) else 'to fix'}: {plain(remedy)}")


def _run_fixes(findings: Iterable[_Finding], *, ask: bool) -> bool:
    """Run the fixes, and return whether any command was run."""
    missing = (f.result for f in findings if not _is_fine(f.result))
    # Several checks may suggest the same command.
    fixes = dict.fromkeys(result.fix for result in missing if result.fix)
    was_run = False
    for fix in fixes:
        if not may_run(fix):
            echo_err(f"not run, since it is not a known installer: {plain(as_typed(fix))}")
            continue
        command = with_rights(fix)
        if ask and not click.confirm(f"run `{plain(as_typed(command))}`?", err=True):
            continue
        run_fix(command)
        was_run = True
    return was_run


def _as_data(course: _Course, findings: Sequence[_Finding]) -> dict[str, Any]:
    return {
        "ok": _is_ok(course, findings),
        "course": str(course.spec) if course.spec else None,
        "checks": [
            {"plugin": f.plugin.name, "check": f.check, **attrs.asdict(f.result)} for f in findings
        ],
        "problems": [attrs.asdict(problem) for problem in course.problems],
    }
