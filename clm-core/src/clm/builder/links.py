"""Links from one output to another must lead to something that the build makes."""

from __future__ import annotations

import posixpath
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath

from clm.builder.plan import Copy
from clm.errors import Diagnostic, Severity
from clm.jobs.request import JobRequest, Link


def lost_links(jobs: Iterable[JobRequest], copies: Iterable[Copy]) -> Iterator[Diagnostic]:
    """Warnings of links that lead nowhere from any output of their jobs."""
    requests = list(jobs)
    if not any(job.links for job in requests):
        return  # of a large course, what follows takes a while
    files = {_normal(d) for job in requests for output in job.outputs for d in output.destinations}
    files |= {_normal(d) for copy in copies for d in copy.destinations}
    known = files | {
        str(folder)
        for parent in {posixpath.dirname(file) for file in files}
        for folder in (PurePosixPath(parent), *PurePosixPath(parent).parents)
    }
    for job in requests:
        if not job.links:
            continue
        folders = {d.parent for output in job.outputs for d in output.destinations}
        for link in job.links:
            if folders and not any(_target(folder, link) in known for folder in folders):
                yield _lost(link, files)


def _target(folder: PurePosixPath, link: Link) -> str:
    return _normal(PurePosixPath(posixpath.normpath(folder / link.path)))


def _normal(path: PurePosixPath) -> str:
    return unicodedata.normalize("NFC", str(path))


def _lost(link: Link, files: Iterable[str]) -> Diagnostic:
    from difflib import get_close_matches

    names = {PurePosixPath(file).name for file in files}
    near = get_close_matches(link.path.name, sorted(names), n=1)
    return Diagnostic(
        f"the link {link.path} leads to no output of the course",
        Severity.WARNING,
        link.place,
        hint=f"did you mean {near[0]!r}?" if near else "links are relative to the output",
    )
