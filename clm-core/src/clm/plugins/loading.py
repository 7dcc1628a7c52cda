"""Loading of a plugin: its import, calls of its hooks, and validation of their results.

Each plugin has its own plugin manager, so that a hook that raises or is misspelt affects only
its own plugin.
"""

from __future__ import annotations

import importlib
import inspect
import re
import traceback
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import pluggy
from attrs import frozen

from clm import __version__, hookspecs
from clm.deprecations import warn_deprecated
from clm.errors import Diagnostic, PluginLoadError
from clm.hints import cause, nearest
from clm.hookspecs import API_VERSION, OLDEST_API_VERSION
from clm.jobs.hook_result import HookResult
from clm.jobs.job_type import JobType
from clm.plugins.discovery import BLOCK_VARIABLE, FoundPlugin
from clm.plugins.time_limit import (
    LOAD_SECONDS_VARIABLE,
    TookTooLongError,
    seconds_in,
    time_limit,
)
from clm.plugins.validation import (
    check_backend,
    check_check,
    check_executor,
    check_job_type,
    check_list,
    check_own_hooks,
    check_result_store,
    check_settings_class,
    check_starter,
)
from clm.registration import (
    BackendType,
    Check,
    ExecutorType,
    OwnHooks,
    ResultStoreType,
)

if TYPE_CHECKING:
    from clm.builds import CheckedCourse, FinishedBuild, StartedBuild
    from clm.starters import Starter

T = TypeVar("T")

_LOAD_SECONDS = 20.0


class UnsupportedApiError(Exception):
    """The plugin requires a version of the plugin interface that this CLM does not support."""


@frozen(eq=False, repr=False)
class Offer:
    """What a plugin registers, validated; for builds, without `checks` and `starters`.

    To list the commands of plugins, it only has the `hooks`.

    `hook_results` are those of its own hooks, which other plugins implement.
    """

    hooks: PluginHooks
    job_types: tuple[JobType, ...]
    backends: tuple[BackendType, ...]
    checks: tuple[Check, ...]
    settings: type | None
    starters: tuple[Starter, ...]
    executors: tuple[ExecutorType, ...] = ()
    result_stores: tuple[ResultStoreType, ...] = ()
    own_hooks: OwnHooks | None = None
    hook_results: tuple[HookResult, ...] = ()


class _Manager(pluggy.PluginManager):
    """A manager that skips names that cannot be hooks: to inspect all names is slow.

    Names that begin with one of the `prefixes` may be hooks of other plugins.
    """

    def __init__(self, prefixes: Iterable[str]) -> None:
        super().__init__(hookspecs.PROJECT)
        self.add_hookspecs(hookspecs)
        self.prefixes = tuple(prefixes)
        self.others: list[str] = []

    def parse_hookspec_opts(self, module_or_class: Any, name: str) -> Any:
        is_hook = name.startswith("clm_")
        return super().parse_hookspec_opts(module_or_class, name) if is_hook else None

    def parse_hookimpl_opts(self, plugin: Any, name: str) -> Any:
        if inspect.ismodule(plugin) and not inspect.isfunction(vars(plugin).get(name)):
            return None
        options = super().parse_hookimpl_opts(plugin, name)
        if options and name.startswith(self.prefixes) and not hasattr(hookspecs, name):
            self.others.append(name)
            options["optionalhook"] = True
        return options


class PluginHooks:
    """The hooks of one plugin as typed methods, instead of pluggy's untyped calls.

    `plugins` are the names of all plugins, which may offer hooks of their own.
    """

    def __init__(self, plugin: object, name: str, plugins: Iterable[str] = ()) -> None:
        self._manager = _Manager(hook_prefix(other) for other in plugins if other != name)
        self._manager.register(plugin, name)
        _refuse_unknown(self._manager)
        _refuse_unmarked_hooks(plugin)

    def job_types(self) -> tuple[JobType, ...]:
        found = self._list("clm_job_types")
        return check_list(found, JobType, check_job_type, "clm_job_types")

    def backends(self) -> tuple[BackendType, ...]:
        found = self._list("clm_backends")
        return check_list(found, BackendType, check_backend, "clm_backends")

    def executors(self) -> tuple[ExecutorType, ...]:
        found = self._list("clm_executors")
        return check_list(found, ExecutorType, check_executor, "clm_executors")

    def result_stores(self) -> tuple[ResultStoreType, ...]:
        found = self._list("clm_result_stores")
        return check_list(found, ResultStoreType, check_result_store, "clm_result_stores")

    def checks(self) -> tuple[Check, ...]:
        found = self._list("clm_checks")
        return check_list(found, Check, check_check, "clm_checks")

    def starters(self) -> tuple[Starter, ...]:
        from clm.starters import Starter  # builds do not need it

        found = self._list("clm_starters")
        return check_list(found, Starter, check_starter, "clm_starters")

    def settings(self) -> type | None:
        found = self._call("clm_settings")
        if self.has("clm_settings") and not found:
            raise TypeError("clm_settings returns None, not an attrs class; it lacks a `return`")
        return check_settings_class(found[0]) if found else None

    def own_hooks(self) -> OwnHooks | None:
        return check_own_hooks(self._call("clm_own_hooks"))

    def implements_hooks_of(self, plugin: str) -> bool:
        """Whether the plugin has functions named like hooks of another plugin."""
        return any(name.startswith(hook_prefix(plugin)) for name in self._manager.others)

    def results_of(self, plugin: str, hooks: OwnHooks) -> list[tuple[str, Any]]:
        """The results of the hooks of another plugin, checked, by the hooks' names."""
        self._manager.add_hookspecs(importlib.import_module(hooks.specs))
        module, _, function = hooks.check.partition(":")
        check = getattr(importlib.import_module(module), function)
        found = []
        for name in sorted(self._manager.others):
            if name.startswith(hook_prefix(plugin)):
                _refuse_unknown_hook(name, plugin, hooks)
                for value in self._call(name):
                    check(name, value)
                    found.append((name, value))
        return found

    def add_commands(self, cli: Any) -> None:
        self._call("clm_commands", cli=cli)

    def has(self, hook: str) -> bool:
        """Whether the plugin implements a hook."""
        caller: pluggy.HookCaller = getattr(self._manager.hook, hook)
        return bool(caller.get_hookimpls())

    def check_course(self, course: CheckedCourse) -> tuple[Diagnostic, ...]:
        found = self._list("clm_check_course", course=course)
        for problem in found:
            if not isinstance(problem, Diagnostic):
                raise TypeError(f"clm_check_course returns {problem!r}, which is no Diagnostic")
        return tuple(found)

    def build_started(self, build: StartedBuild, settings: Any) -> None:
        self._call("clm_build_started", build=build, settings=settings)

    def build_finished(self, build: FinishedBuild, settings: Any) -> None:
        self._call("clm_build_finished", build=build, settings=settings)

    def _list(self, hook: str, **arguments: Any) -> list[Any]:
        results = self._call(hook, **arguments)
        if self.has(hook) and not results:
            raise TypeError(f"{hook} returns None, not a list; it lacks a `return`")
        for result in results:
            if not isinstance(result, (list, tuple)):
                raise TypeError(f"{hook} returns {type(result).__name__}, not a list")
        return [item for result in results for item in result]

    def _call(self, hook: str, **arguments: Any) -> list[Any]:
        try:
            results: list[Any] = getattr(self._manager.hook, hook)(**arguments)
        except BaseException as error:
            error.add_note(f"raised by its hook {hook}")
            raise
        return results


def hook_prefix(plugin: str) -> str:
    """The beginning of the names of hooks that a plugin offers to others."""
    return f"{hookspecs.PROJECT}_{plugin.replace('-', '_')}_"


def declared_hooks(plugin: str, hooks: OwnHooks) -> list[str]:
    """The names of the hooks that a plugin offers to others."""
    specs = importlib.import_module(hooks.specs)
    return [hook for hook in vars(specs) if hook.startswith(hook_prefix(plugin))]


def _refuse_unknown_hook(name: str, plugin: str, hooks: OwnHooks) -> None:
    known = declared_hooks(plugin, hooks)
    if name not in known:
        raise TypeError(f"plugin {plugin!r} has no hook {name!r}; {nearest(name, known)}")


def load_plugin(
    found: FoundPlugin,
    plugins: Iterable[str] = (),
    *,
    for_builds: bool = False,
    only_commands: bool = False,
) -> Offer:
    """Import a plugin and collect what it registers, or only what builds need of it, or nothing.

    `plugins` are the names of all plugins, whose hooks it may implement, too.

    Raises:
        PluginLoadError: the plugin raised any error, or exceeded the time limit.
    """
    if found.entry_point is None:
        raise PluginLoadError(
            found.problem or "it has no entry point",
            plugin=found.name,
            hint=f"reinstall {found.distribution}",
        )
    entry_point = found.entry_point

    def load() -> Offer:
        with time_limit(load_seconds(), f"{found.label}: it is loaded"):
            plugin = entry_point.load()
            _refuse_unsupported_api(plugin)
            hooks = PluginHooks(plugin, found.name, plugins)
            return _commands_alone(hooks) if only_commands else _collect(hooks, for_builds)

    return guarded(found, "it cannot be loaded", load)


def load_seconds() -> float:
    """The time limit for loading a plugin: one that hangs would block every command."""
    return seconds_in(LOAD_SECONDS_VARIABLE, _LOAD_SECONDS)


def guarded(
    found: FoundPlugin,
    what: str,
    call: Callable[[], T],
    *,
    hint: str | None = None,
    passing: tuple[type[BaseException], ...] = (),
) -> T:
    """Call a plugin's code; all errors but those in `passing` become a PluginLoadError."""
    try:
        return call()
    except KeyboardInterrupt:
        raise
    except passing:
        raise
    except BaseException as error:  # also SystemExit, and panics of extension modules
        raise PluginLoadError(
            f"{found.label}: {what}: {_cause(error)}",
            plugin=found.name,
            hint=hint or _remedy(found, error),
            details="".join(traceback.format_exception(error)),
        ) from error


def _refuse_unsupported_api(plugin: object) -> None:
    version = getattr(plugin, "clm_api_version", API_VERSION)
    if type(version) is not int:
        raise TypeError(f"its clm_api_version is {version!r}, not an integer")
    if not OLDEST_API_VERSION <= version <= API_VERSION:
        age = "a newer" if version > API_VERSION else "an older"
        raise UnsupportedApiError(
            f"it is made for {age} CLM: it requires version {version} of the plugin interface, "
            f"but CLM {__version__} supports versions {OLDEST_API_VERSION} to {API_VERSION}"
        )
    if version < API_VERSION:
        warn_deprecated(
            f"version {version} of the plugin interface (clm_api_version of {plugin})",
            f"adapt the plugin to the changes and set clm_api_version = {API_VERSION}",
        )


def _commands_alone(hooks: PluginHooks) -> Offer:
    return Offer(hooks, job_types=(), backends=(), checks=(), settings=None, starters=())


def _collect(hooks: PluginHooks, for_builds: bool) -> Offer:
    return Offer(
        hooks=hooks,
        job_types=hooks.job_types(),
        backends=hooks.backends(),
        executors=hooks.executors(),
        checks=() if for_builds else hooks.checks(),
        settings=hooks.settings(),
        starters=() if for_builds else hooks.starters(),
        result_stores=hooks.result_stores(),
        own_hooks=hooks.own_hooks(),
    )


def _refuse_unknown(manager: pluggy.PluginManager) -> None:
    try:
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        name = re.search(r"unknown hook '(\w+)'", str(error))
        if name is None:
            raise
        known = [hook for hook in vars(hookspecs) if hook.startswith("clm_")]
        raise TypeError(f"unknown hook {name[1]!r}; {nearest(name[1], known)}") from error


def _refuse_unmarked_hooks(plugin: object) -> None:
    # Without the marker, pluggy regards a function as a helper and never calls it.
    for name in (name for name in dir(plugin) if name.startswith("clm_")):
        function = getattr(plugin, name)
        marks = (f"{hookspecs.PROJECT}_impl", f"{hookspecs.PROJECT}_spec")
        if inspect.isroutine(function) and not any(hasattr(function, mark) for mark in marks):
            raise TypeError(f"{name} is not marked with @clm.hookimpl")


def _cause(error: BaseException) -> str:
    if isinstance(error, TookTooLongError):
        return str(error)
    return cause(error)


def _remedy(found: FoundPlugin, error: BaseException) -> str:
    block = f"or block it: {BLOCK_VARIABLE}={found.name}"
    if found.is_local:
        return f"correct it, or remove it from `local-plugins` in the course spec; {block}"
    if isinstance(error, ImportError):
        package = found.distribution
        return f"reinstall it: pip install --force-reinstall {package}; {block}"
    return (
        "install a version that works with this CLM, report the problem to the plugin's authors, "
        f"or mend it if it is yours; {block}"
    )
