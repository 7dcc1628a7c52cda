"""Options of backends, which plugins declare, for the commands that run jobs.

Plugins are loaded for them only if an argument is no option of the command itself, or for its help.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from clm.cli.groups import load_plugins
from clm.cli.output.console import show
from clm.errors import Diagnostic, Severity, UsageError
from clm.registration import BackendType

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

OWN_BACKEND = "sqlite"

_DECLARED = "clm.declared-backend-options"
_GIVEN = "clm.given-backend-options"


class BackendCommand(click.Command):
    """A command with an option `--backend`, and the options of all backends."""

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        return [*super().get_params(ctx), *ctx.meta.get(_DECLARED, ())]

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments; if there is an unknown option, once more with those of backends."""
        before = list(args)
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption:
            _declare(ctx)
            return super().parse_args(ctx, before)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        _declare(ctx)
        super().format_options(ctx, formatter)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        if incomplete.startswith("-"):
            _declare(ctx)
        return super().shell_complete(ctx, incomplete)


def chosen_backend(context: click.Context, named: str) -> tuple[str, Mapping[str, str]]:
    """Return the name of the backend, and the values of its own options.

    `named` is the value of `--backend`; options of a backend select it, too.

    Raises:
        UsageError: options of different backends are given.
    """
    given: Mapping[str, dict[str, str]] = context.meta.get(_GIVEN, {})
    is_named = context.get_parameter_source("backend") is not ParameterSource.DEFAULT
    names = dict.fromkeys([*([named] if is_named else []), *given]) or {named: None}
    if len(names) > 1:
        raise UsageError(
            f"options of several backends are given: {', '.join(names)}",
            hint="choose one backend with --backend, and give only its options",
        )
    (name,) = names
    return name, given.get(name, {})


def _declare(ctx: click.Context) -> None:
    if _DECLARED in ctx.meta:
        return
    backends = load_plugins().backends.values()
    ctx.meta[_DECLARED] = [
        option for backend in backends for option in (*_options(backend), *_flags(backend))
    ]


def _options(backend: BackendType) -> list[click.Option]:
    def store(ctx: click.Context, parameter: click.Parameter, value: str | None) -> None:
        if value is not None:
            assert parameter.name is not None
            _given(ctx, backend)[parameter.name] = value

    return [
        click.Option(
            [f"--{option.name}", option.name.replace("-", "_")],
            metavar=option.metavar,
            help=f"{option.help}  [backend: {backend.name}]",
            expose_value=False,
            callback=store,
        )
        for option in backend.options
    ]


def _flags(backend: BackendType) -> list[click.Option]:
    def select(ctx: click.Context, parameter: click.Parameter, value: bool) -> None:
        if value:
            _given(ctx, backend)
            message = f"{parameter.opts[0]} is deprecated and will be removed"
            hint = f"use `--backend {backend.name}`"
            show(Diagnostic(message, severity=Severity.WARNING, hint=hint))

    return [
        click.Option([flag], is_flag=True, hidden=True, expose_value=False, callback=select)
        for flag in backend.deprecated_flags
    ]


def _given(ctx: click.Context, backend: BackendType) -> dict[str, Any]:
    given: dict[str, dict[str, Any]] = ctx.meta.setdefault(_GIVEN, {})
    return given.setdefault(backend.name, {})
