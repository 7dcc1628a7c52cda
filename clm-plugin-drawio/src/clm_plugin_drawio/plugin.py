"""What the plugin registers. Loaded in every build, so it imports nothing heavy."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version

from clm import Check, JobRequest, JobType, PlanContext, SourceFile, Starter, hookimpl
from clm.programs import browser_version
from clm_plugin_drawio.checks import checks
from clm_plugin_drawio.engine import Engine
from clm_plugin_drawio.errors import RendererError
from clm_plugin_drawio.finding import find_browser
from clm_plugin_drawio.payload import JOB_TYPE, SOURCE_FOLDER, DrawioPayload, DrawioSettings
from clm_plugin_drawio.starters import starters

clm_api_version = 1

_BROWSERS = 4  # each has half a gigabyte of memory
_TOOLS = ("clm-plugin-drawio", "lxml", "tinycss2")


def fingerprint() -> str:
    """The versions of all that shapes a picture."""
    tools = [f"{tool} {_version(tool)}" for tool in _TOOLS]
    return "; ".join((*tools, _engine(), _browser()))


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "missing"


def _engine() -> str:
    try:
        return f"engine {Engine().digest}"
    except RendererError:
        return "engine missing"


def _browser() -> str:
    try:
        return f"browser {browser_version(find_browser()).partition('.')[0]}"
    except RendererError:
        return "browser missing"


@hookimpl
def clm_job_types() -> list[JobType]:
    return [
        JobType(
            name=JOB_TYPE,
            patterns=("*.drawio", "*.drawio.svg", "*.drawio.png"),
            payload=DrawioPayload,
            plan=_plan,
            worker="clm_plugin_drawio.worker:DrawioWorker",
            fingerprint=fingerprint,
            stage=0,
            private_folders=(SOURCE_FOLDER,),
            pool_size=_BROWSERS,
        )
    ]


def _plan(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
    # Here since most commands plan nothing.
    from clm_plugin_drawio.planning import plan

    return plan(source, context)


@hookimpl
def clm_settings() -> type:
    return DrawioSettings


@hookimpl
def clm_checks() -> list[Check]:
    return checks()


@hookimpl
def clm_starters() -> list[Starter]:
    return starters()
