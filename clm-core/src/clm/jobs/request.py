"""What a job gets and what it promises: inputs, outputs and the request that ties them."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

from attrs import field, frozen

from clm.errors import Place


@frozen
class FileInput:
    """A file on the planning machine that the job sees as `name` in its working folder.

    `name` is relative with `/` between its parts. `digest` is the SHA-256 of the file's bytes
    in hexadecimal: what the job sees has this digest, or the job does not run.
    """

    name: str
    path: Path
    digest: str


@frozen
class JobInput:
    """The output `output` of another job of the same build, seen as `name`.

    `producer` is the `id` of that job's request. The job waits until the producer has
    completed.
    """

    name: str
    producer: str
    output: str


Input = FileInput | JobInput


@frozen
class OutputSpec:
    """One file that the job promises, and where the builder puts it.

    `name` is the key of the bytes in the worker's `Result`. `destinations` are relative to the
    output folder. With `topic_path` the output is a generated file of the topic: job types
    that are planned later see it like a file that the author keeps there, and it is delivered
    to the outputs like one: to those of `languages`, or of all when there are none.
    """

    name: str
    destinations: tuple[PurePosixPath, ...] = ()
    topic_path: PurePosixPath | None = None
    languages: tuple[str, ...] = ()


@frozen
class Link:
    """A link in a job's outputs to another file of the outputs: `path` is relative to them.

    The build warns of it, at `place`, when from no output of the job it leads anywhere.
    """

    path: PurePosixPath
    place: Place


@frozen
class JobRequest:
    """A job to be done: `(job type, payload, inputs) -> outputs`.

    `id` is unique within a build and the same from build to build, for example
    `<job type>:<source>`. `source` is the course-relative path that messages name. Jobs of
    higher `priority` are claimed first, jobs of the same priority in the order of planning.
    `links` are checked when all jobs are planned, and do not enter the job's key.
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
