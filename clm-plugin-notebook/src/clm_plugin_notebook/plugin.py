"""What the plugin registers. Loaded in every build, so it imports nothing of Jupyter."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterable
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec

import click
from attrs import evolve

from clm import (
    Check,
    CheckResult,
    Diagnostic,
    Format,
    JobRequest,
    JobType,
    PlanContext,
    SourceFile,
    Starter,
    hookimpl,
)
from clm.programs import browser_installer, browser_version, find_browser
from clm_plugin_notebook.commands import add_commands
from clm_plugin_notebook.languages import PROG_LANGS, ProgLang, deck_patterns, is_pair, prog_langs
from clm_plugin_notebook.payload import JOB_TYPE, NotebookPayload, NotebookSettings
from clm_plugin_notebook.starters import starters

clm_api_version = 1

_TOOLS = (
    "clm-plugin-notebook",
    *("ipykernel", "ipython", "jinja2", "jupytext", "mistune", "nbclient", "nbconvert", "nbformat"),
    "pygments",
)


def fingerprint() -> str:
    """The versions of all that shapes a deck's outputs."""
    tools = (f"{tool} {_version(tool)}" for tool in _TOOLS)
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return "; ".join((*tools, python))


def _version(distribution: str) -> str:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "missing"


@hookimpl
def clm_job_types() -> list[JobType]:
    return [
        JobType(
            name=JOB_TYPE,
            patterns=deck_patterns(PROG_LANGS.values()),
            payload=NotebookPayload,
            plan=_plan,
            worker="clm_plugin_notebook.worker:NotebookWorker",
            fingerprint=fingerprint,
            formats=(
                Format("html", "Html"),
                Format("notebook", "Notebooks"),
                _code_format(PROG_LANGS.values()),
                Format("slides", "Presentations", default=False),
                Format("pdf", "Pdf", default=False),
            ),
            numbered=True,
            is_mirror=partial(is_pair, langs=PROG_LANGS.values()),
            configure=_configured,
            check=_check,
        )
    ]


def _plan(source: SourceFile, context: PlanContext) -> Iterable[JobRequest]:
    # Here since most commands plan nothing.
    from clm_plugin_notebook.planning import plan

    return plan(source, context)


def _check(source: SourceFile, context: PlanContext) -> Iterable[Diagnostic]:
    # Here since it needs all of the conversion, which no other command does.
    from clm_plugin_notebook.validation import check

    return check(source, context)


def _code_format(langs: Iterable[ProgLang]) -> Format:
    folders = {"": "Code"} | {name: lang.folder for lang in langs for name in lang.names}
    return Format("code", folders, kinds=("completed",))


def _configured(job_type: JobType, settings: NotebookSettings) -> JobType:
    """The job type with the programming languages that the settings add."""
    langs = prog_langs(settings.prog_langs).values()
    formats = (_code_format(langs) if f.name == "code" else f for f in job_type.formats)
    return evolve(
        job_type,
        patterns=deck_patterns(langs),
        formats=tuple(formats),
        is_mirror=partial(is_pair, langs=langs),
    )


@hookimpl
def clm_settings() -> type:
    return NotebookSettings


@hookimpl
def clm_checks() -> list[Check]:
    return [Check("Python kernel", _check_kernel), Check("browser", _check_browser)]


def _check_kernel() -> CheckResult:
    missing = [m for m in ("ipykernel", "nbclient", "nbconvert") if not find_spec(m)]
    if missing:
        return CheckResult(
            False,
            f"{sys.executable} has no {', '.join(missing)}",
            fix=(sys.executable, "-m", "pip", "install", "--upgrade", *missing),
        )
    return CheckResult(True, f"ipykernel {_version('ipykernel')} in {sys.executable}")


def _check_browser() -> CheckResult:
    program = find_browser()
    if program:
        return CheckResult(True, f"{browser_version(program) or 'of unknown version'} ({program})")
    # Not a fault: few courses want PDF.
    missing = "none is found; the format `pdf` needs Chromium, Chrome or Edge"
    return CheckResult(True, missing, "install one for PDF", browser_installer())


@hookimpl
def clm_commands(cli: click.Group) -> None:
    add_commands(cli)


@hookimpl
def clm_starters() -> list[Starter]:
    return starters()
