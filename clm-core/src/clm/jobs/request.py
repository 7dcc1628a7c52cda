"""Requests for jobs, with their inputs and outputs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from attrs import field, frozen

from clm.errors import Place
from clm.field_repr import field_repr


@frozen(repr=False)
class FileInput:
    """A file on the planning machine that the job sees as `name` in its working folder.

    `name` is relative with `/` between its parts. `digest` is the SHA-256 of the file's bytes
    in hexadecimal; the job does not run if the file no longer has this digest.
    """

    __repr__ = field_repr

    name: str
    path: Path
    digest: str


@frozen(repr=False)
class JobInput:
    """The output `output` of another job of the same build, which the job sees as `name`.

    `producer` is the `id` of that job's request. The job waits until the producer has
    completed.
    """

    __repr__ = field_repr

    name: str
    producer: str
    output: str


Input = FileInput | JobInput


@frozen(repr=False)
class OutputFolder:
    """A folder for files of which only the result of a job tells the names.

    `path` is as a destination of an output; `public` says that students may see the files.
    """

    __repr__ = field_repr

    path: PurePosixPath
    public: bool = True


@frozen(repr=False)
class OutputSpec:
    """A file that the job declares as output, and its destinations.

    `name` is the key of the file in the worker's `Result`. `destinations` are relative to the
    output folder, and below the `directory` or `root` of a variant or the path of an output target;
    a request with another one is refused. With `topic_path` the output is a generated file of the
    topic: job types that are planned later treat it like a file of the author. It is delivered to
    the outputs of `languages`; if that is empty, of the language in its name, else of all. `title`
    is that of a document, for lists of the course's outputs. With `folders`, the output is no file:
    its content is that of a `FileSet`, whose files are delivered to these folders.
    """

    __repr__ = field_repr

    name: str
    destinations: tuple[PurePosixPath, ...] = ()
    topic_path: PurePosixPath | None = None
    languages: tuple[str, ...] = ()
    title: str = ""
    folders: tuple[OutputFolder, ...] = ()


@frozen(repr=False)
class SharedFile:
    """A file that outputs of several jobs need, such as a style sheet of pages.

    `path` is its destination, as for outputs. Its name has a digest of the content, so that what
    was built before keeps what it needs. `content` is the content, or a file with it on the
    planning machine, which is `packed` if gzip has compressed it; its `name` does not matter.
    """

    __repr__ = field_repr

    path: PurePosixPath
    content: bytes | FileInput
    packed: bool = False


@frozen(repr=False)
class Link:
    """A link in a job's source to another output of the course; `fragment` is its part after `#`.

    `path` is relative to the job's outputs, or it names another source: relative to the job's
    own source (`../topic_200_loops/slides_a.py`), or as `clm:` with the id of its topic and, if
    that has several numbered sources, `/` and its name. `resolve_links` of the job type gets what
    it leads to in each output. For a job type without that function, the build issues a warning
    for `place` if the link is broken in all outputs of the job.
    """

    __repr__ = field_repr

    path: PurePosixPath
    place: Place
    fragment: str = ""


@frozen(repr=False)
class JobRequest:
    """A request for a job: `(job type, payload, inputs) -> outputs`.

    `id` is unique within a build and the same from build to build, for example
    `<job type>:<source>`. `source` is the course-relative path for messages. Jobs of higher
    `priority` are claimed first, jobs of the same priority in the order of planning. `links`
    are checked once all jobs are planned; they are not part of the job's key. Neither is
    `time_limit`, in seconds: a job that takes longer is ended and fails. Without it, the limit is
    the same for all jobs (`CLM_JOB_LIMIT`, an hour). `environment` names what the outputs depend
    on where the job runs, for the job type's function `environment`. `shared` are files that the
    outputs need where they are; each is delivered once, whichever requests have it, and is neither
    part of the job's key nor of its result. `carried` are files of the topic, by their paths in it,
    that the outputs in these folders do not need beside them, since they have them elsewhere; no
    folders say that all need the file. What no job of the topic needs is not delivered there.
    """

    __repr__ = field_repr

    id: str
    job_type: str
    payload: Any
    source: str
    inputs: tuple[Input, ...] = ()
    outputs: tuple[OutputSpec, ...] = field(default=())
    priority: int = 0
    max_attempts: int = 3
    links: tuple[Link, ...] = ()
    time_limit: float | None = None
    environment: tuple[str, ...] = ()
    shared: tuple[SharedFile, ...] = ()
    carried: Mapping[str, tuple[PurePosixPath, ...]] = field(factory=dict, hash=False)

    @property
    def producers(self) -> frozenset[str]:
        """The ids of the requests whose outputs this job needs."""
        return frozenset(i.producer for i in self.inputs if isinstance(i, JobInput))


@frozen(repr=False)
class LinkTarget:
    """What a link leads to in one output of its job.

    `path` is the path of the file there, relative to the folder of the output; it is None if the
    link leads nowhere, and the path of the link itself if that is right. `lost` is a destination
    of the output where the link leads nowhere, `hint` what an author may do about that; without
    a hint the link could not be checked, since a source of the course cannot be planned.
    `request` and `output` are the job and its output that the file is made by, None and empty
    for other files.
    """

    __repr__ = field_repr

    path: str | None
    lost: PurePosixPath | None = None
    hint: str = ""
    request: JobRequest | None = None
    output: str = ""


# By the name of an output of a job, and by the path of a link.
LinkTargets = Mapping[str, Mapping[str, LinkTarget]]
