"""Backends and checks, which plugins register besides job types."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen


@frozen
class BackendType:
    """A backend; `factory` is the import string `module:callable` of its factory.

    The callable takes a `BackendContext` and returns a `Backend`; it is imported only if the
    backend is selected.
    """

    name: str
    description: str
    factory: str


@frozen
class CheckResult:
    """The result of a check; `remedy` is the command or step that fixes the problem.

    `fix` is that command as program and arguments, for `clm doctor --fix`, which runs apt-get,
    brew, winget and `sys.executable -m pip`, and only shows any other command.
    """

    ok: bool
    message: str
    remedy: str | None = None
    fix: tuple[str, ...] | None = None


@frozen
class Check:
    """A check of the plugin's tools; `run` returns the result and does not raise."""

    name: str
    run: Callable[[], CheckResult]
