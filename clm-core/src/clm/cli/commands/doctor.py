"""`clm doctor`: checks of the external tools of plugins."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from typing import Any

import attrs
import click
from attrs import frozen

from clm.cli.groups import load_plugins
from clm.cli.options import common_options
from clm.cli.output.console import echo_err, json_option, plain, show_all, write_json
from clm.cli.plugin_checks import as_typed, may_run, remedy_of, run_check, run_fix, with_rights
from clm.plugins import LoadedPlugin, PluginRegistry, PluginStatus
from clm.registration import CheckResult


@frozen
class _Finding:
    plugin: LoadedPlugin
    check: str
    result: CheckResult


@click.command("doctor")
@click.option("--fix", is_flag=True, help="Install missing tools; ask before each command.")
@click.option("--yes", is_flag=True, help="With --fix, do not ask for confirmation.")
@json_option
@common_options
@click.pass_context
def doctor(context: click.Context, /, fix: bool, yes: bool, as_json: bool) -> None:
    """Check external tools and install missing ones.

    These are the tools that plugins need. With --fix, CLM runs the commands that plugins suggest
    for apt-get, brew, winget and the pip of CLM's Python; other commands are only printed.

    Exit codes: 0 no problems, 1 a tool is missing or a plugin is broken.
    """
    if yes and not fix:
        raise click.UsageError("--yes requires --fix", context)
    registry = load_plugins()
    findings = _examine(registry)
    if not as_json:
        _show(registry, findings)
    if fix and _run_fixes(findings, ask=not yes):
        importlib.invalidate_caches()
        findings = _examine(registry)
        if not as_json:
            click.echo("\nafter the installation:\n")
            _show(registry, findings)
    if as_json:
        write_json(**_as_data(registry, findings))
    context.exit(0 if _is_ok(registry, findings) else 1)


def _examine(registry: PluginRegistry) -> list[_Finding]:
    checks = registry.checks()
    return [_Finding(plugin, check.name, run_check(check)) for plugin, check in checks]


def _is_ok(registry: PluginRegistry, findings: Iterable[_Finding]) -> bool:
    return not registry.problems and all(finding.result.ok for finding in findings)


def _show(registry: PluginRegistry, findings: Sequence[_Finding]) -> None:
    for plugin in registry.plugins:
        status = "" if plugin.status is PluginStatus.OK else f" ({plugin.status})"
        click.echo(plain(f"{plugin.name}: {plugin.distribution} {plugin.version}{status}"))
        for finding in findings:
            if finding.plugin is plugin:
                _show_finding(finding)
    for problem in registry.problems:
        show_all(problem.diagnostics)
    missing = sum(not finding.result.ok for finding in findings) + len(registry.problems)
    click.echo(f"{missing} problem(s)" if missing else "no problems")


def _show_finding(finding: _Finding) -> None:
    result = finding.result
    state = "ok" if result.ok else "missing"
    click.echo(f"  {state:7}  {plain(finding.check)}: {plain(result.message)}")
    remedy = remedy_of(result)
    if remedy:
        click.echo(f"           {'optional' if result.ok else 'to fix'}: {plain(remedy)}")


def _run_fixes(findings: Iterable[_Finding], *, ask: bool) -> bool:
    """Run the fixes, and return whether any command was run."""
    missing = (f.result for f in findings if not f.result.ok)
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


def _as_data(registry: PluginRegistry, findings: Iterable[_Finding]) -> dict[str, Any]:
    problems = [d for problem in registry.problems for d in problem.diagnostics]
    return {
        "ok": _is_ok(registry, findings),
        "checks": [
            {"plugin": f.plugin.name, "check": f.check, **attrs.asdict(f.result)} for f in findings
        ],
        "problems": [attrs.asdict(problem) for problem in problems],
    }
