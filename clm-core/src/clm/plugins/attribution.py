"""Wrappers for the functions of job types: an error from one names its plugin."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from attrs import evolve

from clm.errors import PLUGIN_FAULT, ClmError, ConversionError, PluginLoadError
from clm.hints import shown
from clm.jobs.job_type import JobType
from clm.jobs.planning import DerivedSource, PageLinks, PlanContext, SectionContext
from clm.jobs.plugin_faults import checked_diagnostics, diagnostics_of, is_of_machine
from clm.jobs.request import FileInput, JobRequest
from clm.jobs.source import SourceFile
from clm.jobs.undecodable import undecodable
from clm.plugins.discovery import FoundPlugin
from clm.plugins.loading import guarded
from clm.plugins.time_limit import (
    CALL_SECONDS_VARIABLE,
    CallTookTooLongError,
    TookTooLongError,
    enter_call,
    leave_call,
)
from clm.plugins.validation import check_job_type

T = TypeVar("T")


class _OfCourseError(Exception):
    """An error that is a mistake in the course, or a file of it that cannot be read."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


# These errors are not faults of the plugin, or are reported elsewhere.
_NOT_ATTRIBUTED = (_OfCourseError, TookTooLongError)


def attributed(found: FoundPlugin, job_type: JobType) -> JobType:
    """The job type with functions whose unexpected errors become PluginLoadErrors."""
    where = f"job type {job_type.name!r}"

    def guard(
        task: str, function: Callable[..., Any] | None, finish: Callable[[Any], T]
    ) -> Callable[..., T] | None:
        if function is None:
            return None
        what = f"{found.label}: {where}, to {task}".encode()

        def made(*arguments: Any) -> T:
            try:
                return finish(function(*arguments))
            except ClmError as error:
                diagnostics_of(error)
                raise _OfCourseError(error) from error
            except UnicodeDecodeError as error:
                if mistake := _undecodable(error, arguments):
                    raise _OfCourseError(mistake) from error
                raise
            except OSError as error:
                if _is_of_course(error, arguments) or is_of_machine(error):
                    raise _OfCourseError(error) from error
                raise

        def call(*arguments: Any) -> T:
            before = enter_call(what, getattr(arguments[0], "course_path", "") if arguments else "")
            try:
                return guarded(
                    found,
                    f"{where} failed to {task}",
                    partial(made, *arguments),
                    hint=PLUGIN_FAULT,
                    passing=_NOT_ATTRIBUTED,
                )
            except _OfCourseError as passed:
                raise passed.error from None
            except CallTookTooLongError as error:
                raise PluginLoadError(
                    f"{found.label}: {where} failed to {task}: {error}",
                    plugin=found.name,
                    hint=f"give it more time with {CALL_SECONDS_VARIABLE}, or report it to its "
                    "authors",
                ) from error
            finally:
                leave_call(before)

        return call

    # `list`, since a generator raises when it is iterated over, not when it is called.
    return evolve(
        job_type,
        plan=guard("plan the source", job_type.plan, list),
        plan_section=guard("plan the section", job_type.plan_section, list),
        plan_course=guard("plan the course", job_type.plan_course, list),
        plan_derived=guard("plan the derived output", job_type.plan_derived, list),
        public_text=guard("read the source's text", job_type.public_text, _texts),
        has_private_content=guard("look for private content", job_type.has_private_content, bool),
        check=guard("check the source", job_type.check, checked_diagnostics),
        is_mirror=guard("detect mirrors", job_type.is_mirror, bool),
        resolve_links=guard("resolve the links", job_type.resolve_links, _request),
        configure=guard("apply the settings", job_type.configure, _job_type),
        page_links=guard("find what pages link to", job_type.page_links, _page_links),
    )


def _is_of_course(error: OSError, arguments: Iterable[Any]) -> bool:
    """Whether the file that cannot be read is one that the plugin was given."""
    if not isinstance(error.filename, (str, bytes, os.PathLike)):
        return False
    path = Path(os.fsdecode(error.filename))
    return any(path == known for argument in arguments for known in _paths(argument))


def _undecodable(error: UnicodeDecodeError, arguments: Iterable[Any]) -> ConversionError | None:
    """The mistake in a file that the plugin was given and reads as text."""
    sources = [a.source if isinstance(a, DerivedSource) else a for a in arguments]
    source = next((a for a in sources if isinstance(a, SourceFile)), None)
    if source is None:
        return None
    others = (item for a in arguments if isinstance(a, PlanContext) for item in a.topic_files)
    files = ((item.name, item.path) for item in others if isinstance(item, FileInput))
    own = (source.topic_path.as_posix(), source.path)
    return undecodable(error, (own, *files), source.course_path)


def _paths(argument: Any) -> Iterator[Path]:
    if isinstance(argument, (SourceFile, FileInput)):
        yield argument.path
    elif isinstance(argument, DerivedSource):
        yield argument.source.path
    elif isinstance(argument, (PlanContext, SectionContext)):
        for item in (*getattr(argument, "topic_files", ()), *argument.templates):
            yield from _paths(item)
    elif isinstance(argument, (tuple, list)):
        for item in argument:
            yield from _paths(item)


def _texts(found: Iterable[Any]) -> list[str]:
    texts = list(found)
    wrong = [text for text in texts if not isinstance(text, str)]
    if wrong:
        raise TypeError(f"public_text returned {shown(wrong[0])}, not a str")
    return texts


def _request(resolved: Any) -> JobRequest:
    if not isinstance(resolved, JobRequest):
        raise TypeError(f"resolve_links returned {shown(resolved)}, not a JobRequest")
    return resolved


def _page_links(found: Any) -> PageLinks | None:
    if found is not None and not isinstance(found, PageLinks):
        raise TypeError(f"page_links returned {shown(found)}, not PageLinks")
    return found


def _job_type(configured: Any) -> JobType:
    if not isinstance(configured, JobType):
        raise TypeError(f"configure returned {shown(configured)}, not a JobType")
    check_job_type(configured)
    return configured
