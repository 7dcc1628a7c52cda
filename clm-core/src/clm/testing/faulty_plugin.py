"""Plugin that wraps another one and injects faults into the conversions of its job type."""

from __future__ import annotations

from typing import Any

import click
from attrs import evolve, frozen
from importlib_metadata import EntryPoint

from clm.errors import Diagnostic
from clm.hookspecs import hookimpl
from clm.jobs.job_type import JobType
from clm.registration import BackendType, Check, ExecutorType, OwnHooks, ResultStoreType
from clm.starters import Starter
from clm.testing.faults import Faults


@frozen
class _NoSettings:
    """The settings of a plugin that declares none."""


@hookimpl
def clm_job_types() -> list[JobType]:
    faulty = Faults.injected().job_type
    worker = "clm.testing.faulty_worker:FaultyWorker"
    return [
        evolve(job_type, worker=worker) if job_type.name == faulty else job_type
        for job_type in _call_hook("clm_job_types", [])
    ]


@hookimpl
def clm_backends() -> list[BackendType]:
    return list(_call_hook("clm_backends", []))


@hookimpl
def clm_executors() -> list[ExecutorType]:
    return list(_call_hook("clm_executors", []))


@hookimpl
def clm_result_stores() -> list[ResultStoreType]:
    return list(_call_hook("clm_result_stores", []))


@hookimpl
def clm_settings() -> Any:
    return _call_hook("clm_settings", _NoSettings)


@hookimpl
def clm_checks() -> list[Check]:
    return list(_call_hook("clm_checks", []))


@hookimpl
def clm_starters() -> list[Starter]:
    return list(_call_hook("clm_starters", []))


@hookimpl
def clm_own_hooks() -> OwnHooks | None:
    hooks: OwnHooks | None = _call_hook("clm_own_hooks", None)
    return hooks


@hookimpl
def clm_commands(cli: click.Group) -> None:
    _call_hook("clm_commands", None, cli)


@hookimpl
def clm_check_course(course: Any) -> list[Diagnostic]:
    return list(_call_hook("clm_check_course", [], course))


@hookimpl
def clm_build_started(build: Any, settings: Any) -> None:
    _call_hook("clm_build_started", None, build, settings)


@hookimpl
def clm_build_finished(build: Any, settings: Any) -> None:
    _call_hook("clm_build_finished", None, build, settings)


def _call_hook(hook: str, default: Any, *arguments: Any) -> Any:
    """Call the wrapped plugin's hook; return `default` if it has none."""
    plugin = EntryPoint("", Faults.injected().plugin, "").load()
    implementation = getattr(plugin, hook, None)
    return default if implementation is None else implementation(*arguments)
