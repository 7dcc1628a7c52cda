"""Loads one plugin: imports it, asks its hooks and checks what they return.

Each plugin has a plugin manager of its own, so that a hook that raises or is misspelt hits the
plugin that it belongs to and no other.
"""

from __future__ import annotations

import inspect
import traceback
from collections.abc import Callable
from typing import Any, TypeVar

import pluggy
from attrs import frozen

from clm import hookspecs
from clm.errors import PluginLoadError
from clm.jobs.job_type import JobType
from clm.plugins.discovery import BLOCK_VARIABLE, FoundPlugin
from clm.plugins.validation import (
    check_backend,
    check_check,
    check_job_type,
    check_list,
    check_settings_class,
    check_starter,
)
from clm.registration import BackendType, Check
from clm.starters import Starter

T = TypeVar("T")


@frozen
class Offer:
    """What a plugin registers, checked."""

    hooks: PluginHooks
    job_types: tuple[JobType, ...]
    backends: tuple[BackendType, ...]
    checks: tuple[Check, ...]
    settings: type | None
    starters: tuple[Starter, ...]


class PluginHooks:
    """The hooks of one plugin with types, in place of pluggy's untyped calls."""

    def __init__(self, plugin: object, name: str) -> None:
        self._manager = pluggy.PluginManager(hookspecs.PROJECT)
        self._manager.add_hookspecs(hookspecs)
        self._manager.register(plugin, name)
        self._manager.check_pending()
        _refuse_unmarked_hooks(plugin)

    def job_types(self) -> tuple[JobType, ...]:
        found = _flat(self._manager.hook.clm_job_types(), "clm_job_types")
        return check_list(found, JobType, check_job_type, "clm_job_types")

    def backends(self) -> tuple[BackendType, ...]:
        found = _flat(self._manager.hook.clm_backends(), "clm_backends")
        return check_list(found, BackendType, check_backend, "clm_backends")

    def checks(self) -> tuple[Check, ...]:
        found = _flat(self._manager.hook.clm_checks(), "clm_checks")
        return check_list(found, Check, check_check, "clm_checks")

    def starters(self) -> tuple[Starter, ...]:
        found = _flat(self._manager.hook.clm_starters(), "clm_starters")
        return check_list(found, Starter, check_starter, "clm_starters")

    def settings(self) -> type | None:
        found: list[Any] = self._manager.hook.clm_settings()
        return check_settings_class(found[0]) if found else None

    def add_commands(self, cli: Any) -> None:
        self._manager.hook.clm_commands(cli=cli)


def load_plugin(found: FoundPlugin) -> Offer:
    """Import a plugin and collect what it registers.

    Raises:
        PluginLoadError: anything at all went wrong in the plugin.
    """
    if found.entry_point is None:
        raise PluginLoadError(
            found.problem or "it has no entry point",
            plugin=found.name,
            hint=f"install {found.distribution} again",
        )
    entry_point = found.entry_point
    return guarded(found, "it cannot be loaded", lambda: _ask(entry_point.load(), found.name))


def guarded(found: FoundPlugin, what: str, call: Callable[[], T]) -> T:
    """Call into a plugin's code; whatever it raises becomes a PluginLoadError."""
    try:
        return call()
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # also SystemExit, and panics of extension modules
        raise PluginLoadError(
            f"plugin {found.name!r} of {found.distribution} {found.version}: "
            f"{what}: {_cause(error)}",
            plugin=found.name,
            hint=_remedy(found, error),
            details="".join(traceback.format_exception(error)),
        ) from error


def _ask(plugin: object, name: str) -> Offer:
    hooks = PluginHooks(plugin, name)
    return Offer(
        hooks=hooks,
        job_types=hooks.job_types(),
        backends=hooks.backends(),
        checks=hooks.checks(),
        settings=hooks.settings(),
        starters=hooks.starters(),
    )


def _flat(results: list[Any], hook: str) -> list[Any]:
    for result in results:
        if not isinstance(result, (list, tuple)):
            raise TypeError(f"{hook} returns {type(result).__name__}, not a list")
    return [item for result in results for item in result]


def _refuse_unmarked_hooks(plugin: object) -> None:
    # Without its marker pluggy takes a function for a helper and never calls it.
    for name, function in inspect.getmembers(plugin, inspect.isroutine):
        if name.startswith("clm_") and not hasattr(function, f"{hookspecs.PROJECT}_impl"):
            raise TypeError(f"{name} is not marked with @clm.hookimpl")


def _cause(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def _remedy(found: FoundPlugin, error: BaseException) -> str:
    without = f"or go on without it: {BLOCK_VARIABLE}={found.name}"
    if isinstance(error, ImportError):
        package = found.distribution
        return f"install it again: pip install --force-reinstall {package}; {without}"
    return f"install a version that works with this CLM, or tell the authors; {without}"
