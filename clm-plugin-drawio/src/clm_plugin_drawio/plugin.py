"""Hooks of the plugin.

Every command loads this module, so it imports what only some commands need on use.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from clm import (
    Check,
    ImageNeeds,
    JobRequest,
    JobType,
    PlanContext,
    SourceFile,
    Starter,
    hookimpl,
)

clm_api_version = 1

_BROWSERS = 4  # each takes half a gigabyte of memory


def fingerprint() -> str:
    """The versions of everything that determines a picture."""
    from clm_plugin_drawio import versions  # most commands run no jobs

    return versions.fingerprint()


def environment(name: str) -> str:
    """The version or digest of what a diagram's job names in its environment."""
    from clm_plugin_drawio import versions  # as above

    return versions.environment(name)


@hookimpl
def clm_job_types() -> list[JobType]:
    # Here since the list of commands needs no job types.
    from clm_plugin_drawio.payload import JOB_TYPE, SOURCE_FOLDER, DrawioPayload

    return [
        JobType(
            name=JOB_TYPE,
            patterns=("*.drawio", "*.drawio.svg", "*.drawio.png"),
            payload=DrawioPayload,
            plan=_plan,
            worker="clm_plugin_drawio.worker:DrawioWorker",
            fingerprint=fingerprint,
            environment=environment,
            payload_version=2,
            migrations={1: _without_desktop},
            stage=0,
            private_folders=(SOURCE_FOLDER,),
            pool_size=_BROWSERS,
            image=ImageNeeds(
                debian_packages=("chromium", "fonts-liberation", "fonts-dejavu-core"),
                own_sandbox=True,
            ),
        )
    ]


def _without_desktop(payload: dict[str, Any]) -> dict[str, Any]:
    """Migrate a payload of version 1, which had the version of the draw.io program."""
    return {k: v for k, v in payload.items() if k != "desktop_version"}


def _plan(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
    # Here since most commands plan nothing.
    from clm_plugin_drawio.planning import plan

    return plan(source, context)


@hookimpl
def clm_settings() -> type:
    from clm_plugin_drawio.payload import DrawioSettings  # as above

    return DrawioSettings


@hookimpl
def clm_checks() -> list[Check]:
    from clm_plugin_drawio.checks import checks  # no build needs it

    return checks()


@hookimpl
def clm_starters() -> list[Starter]:
    from clm_plugin_drawio.starters import starters  # as above

    return starters()
