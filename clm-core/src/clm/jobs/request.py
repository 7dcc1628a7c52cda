"""Requests for jobs, with their inputs and outputs."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

from attrs import field, frozen

from clm.errors import Place


@frozen
class FileInput:
    """A file on the planning machine that the job sees as `name` in its working folder.

    `name` is relative with `/` between its parts. `digest` is the SHA-256 of the file's bytes
    in hexadecimal; the job does not run if the file no longer has this digest.
    """

    name: str
    path: Path
    digest: str


@frozen
class JobInput:
    """The output `output` of another job of the same build, which the job sees as `name`.

    `producer` is the `id` of that job's request. The job waits until the producer has
    completed.
    """

    name: str
    producer: str
    output: str


Input = FileInput | JobInput


@frozen
class OutputSpec:
    """A file that the job declares as output, and its destinations.

    `name` is the key of the file in the worker's `Result`. `destinations` are relative to the
    output folder. With `topic_path` the output is a generated file of the topic: job types that
    are planned later treat it like a file of the author. It is delivered to the outputs of
    `languages`, or of all languages if that is empty.
    """

    name: str
    destinations: tuple[PurePosixPath, ...] = ()
    topic_path: PurePosixPath | None = None
    languages: tuple[str, ...] = ()


@frozen
class Link:
    """A link in a job's outputs to another output file; `path` is relative to these outputs.

    If it is broken in all outputs of the job, the build issues a warning for `place`.
    """

    path: PurePosixPath
    place: Place


@frozen
class JobRequest:
    """A request for a job: `(job type, payload, inputs) -> outputs`.

    `id` is unique within a build and the same from build to build, for example
    `<job type>:<source>`. `source` is the course-relative path for messages. Jobs of higher
    `priority` are claimed first, jobs of the same priority in the order of planning. `links`
    are checked once all jobs are planned; they are not part of the job's key.
    """

    id: str
    job_type: str
    payload: Any
    source: str
    inputs: tuple[Input, ...] = ()
    outputs: tuple[OutputSpec, ...] = field(default=())
    priority: int = 0
    max_attempts: int = 3
    links: tuple[Link, ...] = ()

    @property
    def producers(self) -> frozenset[str]:
        """The ids of the requests whose outputs this job needs."""
        return frozenset(i.producer for i in self.inputs if isinstance(i, JobInput))
