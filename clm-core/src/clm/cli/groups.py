"""Command groups that import a command when it is used.

`clm --help` imports no module of a command, and commands of the core load no plugins.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click
from attrs import evolve

from clm.cli.output.console import colour, show_all
from clm.errors import ClmError, Severity, UsageError
from clm.hints import nearest
from clm.plugins import PluginRegistry

if TYPE_CHECKING:
    from pathlib import Path

    from click.shell_completion import CompletionItem

_PLUGIN_COMMANDS = "clm.plugin-commands"
_COURSE_COMMANDS = "clm.course-commands"


class LazyGroup(click.Group):
    """A group with a table of commands: name -> (import string within `clm.cli`, help).

    `aliases` maps additional names, which are not listed, to commands.
    """

    def __init__(
        self,
        *args: Any,
        table: Mapping[str, tuple[str, str]],
        aliases: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._table = table
        self._aliases = aliases or {}

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; without any, show the help."""
        if not args and not ctx.resilient_parsing:
            click.echo(ctx.get_help(), color=colour())
            ctx.exit()
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        known_name = self._aliases.get(cmd_name, cmd_name)
        if known_name not in self._table:
            return None
        module, _, name = self._table[known_name][0].partition(":")
        command = getattr(import_module(f"clm.cli.{module}"), name)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command; the error for an unknown name suggests the nearest one."""
        unknown = not args[0].startswith("-") and self.get_command(ctx, args[0]) is None
        if unknown and not ctx.resilient_parsing:
            hint = nearest(args[0], self.list_commands(ctx), "")
            suggestion = f"; {hint}" if hint else ""
            raise click.UsageError(f"unknown command {args[0]!r}{suggestion}", ctx)
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete options, and commands from the table without importing them."""
        from click.shell_completion import CompletionItem

        names = [name for name in self.list_commands(ctx) if name.startswith(incomplete)]
        commands = [CompletionItem(name, help=self._help_of(ctx, name)) for name in names]
        return [*commands, *click.Command.shell_complete(self, ctx, incomplete)]

    def _help_of(self, ctx: click.Context, name: str) -> str:
        if name in self._table:
            return self._table[name][1]
        command = self.get_command(ctx, name)
        return command.get_short_help_str() if command else ""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands from the table without importing them."""
        rows = []
        for name in self.list_commands(ctx):
            if name in self._table:
                rows.append((name, self._table[name][1]))
            elif command := self.get_command(ctx, name):
                rows.append((name, command.get_short_help_str(formatter.width)))
        with formatter.section("Commands"):
            formatter.write_dl(rows)


class PluginGroup(LazyGroup):
    """A lazy group with the commands of plugins, and of plugins of the current course.

    Plugins are loaded to list the commands and to find a name that is not in the table; those of
    the course only to find a name that no installed plugin has. A plugin
    adds a command to the group `parent` under the name `parent NAME`.
    """

    def __init__(self, *args: Any, parent: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._prefix = f"{parent} " if parent else ""

    def list_commands(self, ctx: click.Context) -> list[str]:
        try:
            found = self._of_plugins(ctx)
        except UsageError as error:  # a limit of plugins is invalid, which concerns no own command
            if not ctx.resilient_parsing:
                _warn_of(error)
            found = {}
        return sorted({*self._table, *found})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in self._table or cmd_name in self._aliases:
            return super().get_command(ctx, cmd_name)
        found = self._of_plugins(ctx).get(cmd_name)
        # A course's own plugins are code that nobody has installed: it runs for no list of
        # commands and no completion, only for a name that nothing else has.
        return found if found or ctx.resilient_parsing else self._of_course(ctx).get(cmd_name)

    def _of_course(self, ctx: click.Context) -> Mapping[str, click.Command]:
        if _COURSE_COMMANDS not in ctx.meta:
            registry = load_plugins_here()
            own = {plugin.name for plugin in registry.local}
            for problem in (p for p in registry.problems if p.plugin in own):
                show_all(problem.diagnostics)
            ctx.meta[_COURSE_COMMANDS] = self._commands_of(ctx, registry) if own else {}
        return self._own(ctx.meta[_COURSE_COMMANDS])

    def _of_plugins(self, ctx: click.Context) -> Mapping[str, click.Command]:
        # Cached in the context, so that one invocation loads the plugins once.
        if _PLUGIN_COMMANDS not in ctx.meta:
            ctx.meta[_PLUGIN_COMMANDS] = self._commands_of(ctx, _load_for_commands())
        return self._own(ctx.meta[_PLUGIN_COMMANDS])

    def _commands_of(
        self, ctx: click.Context, registry: PluginRegistry
    ) -> Mapping[str, click.Command]:
        taken = {f"{self._prefix}{name}" for name in (*self._table, *self._aliases)}
        commands, problems = registry.commands(taken)
        for problem in () if ctx.resilient_parsing else problems:
            show_all(problem.diagnostics)
        return commands

    def _own(self, found: Mapping[str, click.Command]) -> Mapping[str, click.Command]:
        length = len(self._prefix)
        names = {name: name[length:] for name in found if name.startswith(self._prefix)}
        return {own: found[name] for name, own in names.items() if " " not in own}


def load_plugins_of(spec: Path | None) -> PluginRegistry:
    """Load the installed plugins and those of a course."""
    from clm.course.finding import may_name_plugins

    if spec is None or not may_name_plugins(spec):
        return load_plugins()
    from clm.builder.trust.local_plugins import with_local_plugins  # few courses have any

    return with_local_plugins(load_plugins(), spec)


def load_plugins_here() -> PluginRegistry:
    """Load the installed plugins and those of the course that the current folder is in.

    If it is unclear which these are, that is a warning, and none of them is loaded.
    """
    from pathlib import Path  # imported here, as `clm --help` needs none of these

    from clm.course.finding import find_course
    from clm.plugins.time_limit import check_limits

    check_limits()
    try:
        return load_plugins_of(find_course(Path.cwd()))
    except ClmError as error:
        _warn_of(error)
        return load_plugins()


def _warn_of(error: ClmError) -> None:
    show_all([evolve(fault, severity=Severity.WARNING) for fault in error.diagnostics])


def load_plugins() -> PluginRegistry:
    """Load the plugins; their output goes to stderr, since stdout is for results."""
    with redirect_stdout(sys.stderr):
        return PluginRegistry.load()


def _load_for_commands() -> PluginRegistry:
    with redirect_stdout(sys.stderr):
        return PluginRegistry.load(only_commands=True)
