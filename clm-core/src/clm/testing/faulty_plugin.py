"""A plugin that offers what another does, with converters that come to harm."""

from __future__ import annotations

from typing import Any

import click
from attrs import evolve
from importlib_metadata import EntryPoint

from clm.hookspecs import hookimpl
from clm.jobs.job_type import JobType
from clm.registration import BackendType, Check
from clm.starters import Starter
from clm.testing.faults import Faults


@hookimpl
def clm_job_types() -> list[JobType]:
    faulty = Faults.injected().job_type
    worker = "clm.testing.faulty_worker:FaultyWorker"
    return [
        evolve(job_type, worker=worker) if job_type.name == faulty else job_type
        for job_type in _asked("clm_job_types", [])
    ]


@hookimpl
def clm_backends() -> list[BackendType]:
    return list(_asked("clm_backends", []))


@hookimpl
def clm_settings() -> Any:
    return _asked("clm_settings", None)


@hookimpl
def clm_checks() -> list[Check]:
    return list(_asked("clm_checks", []))


@hookimpl
def clm_starters() -> list[Starter]:
    return list(_asked("clm_starters", []))


@hookimpl
def clm_commands(cli: click.Group) -> None:
    _asked("clm_commands", None, cli)


def _asked(hook: str, otherwise: Any, *arguments: Any) -> Any:
    """What the other plugin answers, or what there is where it has no such hook."""
    plugin = EntryPoint("", Faults.injected().plugin, "").load()
    implementation = getattr(plugin, hook, None)
    return otherwise if implementation is None else implementation(*arguments)
