"""Hooks of the plugin.

Every command loads this module, so it imports what only some commands need on use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from clm import (
    Check,
    CheckResult,
    Diagnostic,
    JobRequest,
    JobType,
    PlanContext,
    SourceFile,
    Starter,
    hookimpl,
)

clm_api_version = 1

REVISION = 1
"""Incremented whenever the same diagram gives another picture than before."""


def fingerprint() -> str:
    """The revision of the pictures, and the versions of the jar and of Java."""
    # Here since most commands run no jobs.
    from clm_plugin_plantuml.engine import find_engine
    from clm_plugin_plantuml.java import find_java

    engine, java = find_engine(), find_java()
    jar = f"PlantUML {engine.version} {engine.sha256}" if engine else "no PlantUML"
    return f"revision {REVISION}; {jar}; Java {java.version if java else 'missing'}"


def environment(name: str) -> str:
    """The digest of the fonts, the only name of a job's environment."""
    from clm.installed import fonts_digest  # as above
    from clm_plugin_plantuml.fonts import FOLDER
    from clm_plugin_plantuml.payload import FONTS

    if name != FONTS:
        raise ValueError(f"unknown name of an environment: {name!r}")
    # The package's own are used if the system has none.
    return fonts_digest(FOLDER)


@hookimpl
def clm_job_types() -> list[JobType]:
    # Here since the list of commands needs no job types.
    from clm_plugin_plantuml.payload import JOB_TYPE, PATTERNS, PlantUmlPayload

    return [
        JobType(
            name=JOB_TYPE,
            patterns=PATTERNS,
            payload=PlantUmlPayload,
            plan=_plan,
            worker="clm_plugin_plantuml.worker:PlantUmlWorker",
            fingerprint=fingerprint,
            environment=environment,
            stage=0,
            check=_check,
            private_folders=("pu",),
            # One JVM draws about 30 diagrams per second; a second one costs more than it saves.
            pool_size=1,
        )
    ]


def _plan(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
    # Here since most commands plan nothing.
    from clm_plugin_plantuml.planning import plan

    return plan(source, context)


def _check(source: SourceFile, context: PlanContext) -> Iterable[Diagnostic]:
    from clm_plugin_plantuml.validation import check

    return check(source, context)


@hookimpl
def clm_settings() -> type:
    from clm_plugin_plantuml.payload import PlantUmlSettings  # as above

    return PlantUmlSettings


@hookimpl
def clm_checks() -> list[Check]:
    return [
        Check("Java", partial(_run_check, "check_java")),
        Check("PlantUML", partial(_run_check, "check_jar")),
        Check("fonts", partial(_run_check, "check_fonts")),
    ]


def _run_check(name: str) -> CheckResult:
    from clm_plugin_plantuml import checks  # only `clm doctor` runs them

    check: Callable[[], CheckResult] = getattr(checks, name)
    return check()


@hookimpl
def clm_starters() -> list[Starter]:
    from clm_plugin_plantuml.starters import starters  # no build needs them

    return starters()
