"""Destinations of two sources: errors where the results of jobs differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from clm.builder.plan import Contested, Origin
from clm.errors import Diagnostic
from clm.jobs.result import StoredResult


def differing(
    contested: Iterable[Contested], results: Mapping[str, StoredResult]
) -> Iterator[Diagnostic]:
    """An error for each of the contested destinations whose contents differ.

    `results` are those of jobs by their ids.
    """
    for item in contested:
        digests = {_digest(origin, results) for origin in (item.owner, item.other)}
        if len(digests - {None}) > 1:  # without one of the jobs, which failed, it is unknown
            yield item.fault


def _digest(origin: Origin, results: Mapping[str, StoredResult]) -> str | None:
    if origin.file is not None:
        return origin.file.digest
    result = results.get(origin.job)
    return result.outputs.get(origin.output) if result is not None else None
