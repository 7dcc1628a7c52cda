"""Builds of a course: planning its jobs, running the necessary ones, writing the outputs."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from clm.builder.building import build_course
    from clm.builder.options import BuildOptions
    from clm.builder.report import BuildListener, BuildReport, JobReport, Outcome

__all__ = ["BuildListener", "BuildOptions", "BuildReport", "JobReport", "Outcome", "build_course"]

_MODULES = {"build_course": "building", "BuildOptions": "options"}


def __getattr__(name: str) -> Any:
    # Loaded when used: a command that looks for the plugins of a course builds nothing.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES.get(name, 'report')}"), name)
