"""Asking job types for requests: whatever goes wrong there concerns one source and is told."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Collection, Iterable

from clm.errors import ClmError, Diagnostic, UnknownJobTypeError
from clm.jobs.request import JobRequest

_PLUGIN_FAULT = "this is a fault of the plugin; report it to its authors"


def ask(
    job_type: str,
    plan: Callable[[], Iterable[JobRequest]],
    known: Collection[str],
    *,
    for_topic: bool = True,
) -> tuple[list[JobRequest], tuple[Diagnostic, ...]]:
    """What `plan` of the job type gives, or why it gives nothing.

    `known` are the job types that there are. Only requests `for_topic` may generate its files.
    """
    try:
        return _checked(plan(), known, for_topic), ()
    except ClmError as error:
        return [], error.diagnostics
    except OSError as error:
        return [], (Diagnostic(f"cannot be read: {error.strerror}"),)
    except Exception as error:
        message = f"job type {job_type!r} cannot plan it: {type(error).__name__}: {error}"
        details = "".join(traceback.format_exception(error))
        return [], (Diagnostic(message, hint=_PLUGIN_FAULT, details=details),)


def _checked(
    requests: Iterable[JobRequest], known: Collection[str], for_topic: bool
) -> list[JobRequest]:
    checked = list(requests)
    for request in checked:
        if not isinstance(request, JobRequest):
            raise TypeError(f"{request!r} is not a JobRequest")
        if request.job_type not in known:
            raise UnknownJobTypeError(request.job_type, known=known)
        if not for_topic and any(output.topic_path is not None for output in request.outputs):
            raise TypeError(f"{request.id!r} has an output with a topic_path, but no topic")
    return checked
