"""Checks of the requests that planning functions of plugins return."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

from attrs import frozen

from clm.course.output_tree import root_folders
from clm.course.spec import CourseSpec
from clm.errors import Place
from clm.hints import listing, nearest, shown
from clm.jobs.request import (
    FileInput,
    JobInput,
    JobRequest,
    Link,
    OutputFolder,
    OutputSpec,
    SharedFile,
)

_Kinds = Mapping[str, type | tuple[type, ...]]
_SEVERAL = (tuple, list)
_REQUEST: _Kinds = {
    "id": str,
    "source": str,
    "inputs": _SEVERAL,
    "outputs": _SEVERAL,
    "priority": int,
    "max_attempts": int,
    "links": _SEVERAL,
    "shared": _SEVERAL,
    "carried": Mapping,
}
_OUTPUT: _Kinds = {
    "name": str,
    "destinations": _SEVERAL,
    "languages": _SEVERAL,
    "folders": _SEVERAL,
}
_USUAL = (str, tuple, tuple, tuple)
_FILE_INPUT: _Kinds = {"name": str, "path": Path, "digest": str}
_JOB_INPUT: _Kinds = {"name": str, "producer": str, "output": str}
_LINK: _Kinds = {"path": PurePosixPath, "place": Place, "fragment": str}
_UNSTORABLE = re.compile(r"[\0\ud800-\udfff]")
_SEPARATORS = "\\:" if os.name == "nt" else ""  # others than "/"; elsewhere they are letters
# Names of folders below which other programs, or CLM, find instructions and data of their own.
_NOT_OUTPUTS = (".git", ".clm")


class InvalidRequestError(Exception):
    """A planning function returned what is not a valid request."""


@frozen(eq=False, repr=False)
class TopicSources:
    """The names of a topic's sources, and that of the one that is planned, `own`."""

    claimed: Collection[str]
    own: str


@frozen(eq=False, repr=False)
class RequestRules:
    """The rules for the requests of a course.

    `plugins` has the labels of the plugins of all job types, `folders` those below which outputs
    may be: the folders of the course in its languages, and those of the output targets.
    """

    plugins: Mapping[str, str]
    folders: tuple[str, ...]

    @classmethod
    def of(cls, spec: CourseSpec, plugins: Mapping[str, str]) -> RequestRules:
        """The rules for a course and the job types of these plugins."""
        folders = [*root_folders(spec), *(target.path for target in spec.output_targets)]
        names = (str(folder) for folder in folders if folder.parts)
        return cls(plugins, tuple(dict.fromkeys(names)))

    def check(self, request: object, sources: TopicSources | None) -> JobRequest:
        """The request.

        Without `sources`, it belongs to no topic and must not have an output with a `topic_path`.

        Raises:
            InvalidRequestError: it is invalid.
        """
        if not isinstance(request, JobRequest):
            raise InvalidRequestError(f"{shown(request)} is not a JobRequest")
        try:
            self._check(request, sources)
        except InvalidRequestError as error:
            raise InvalidRequestError(f"the request {request.id!r}: {error}") from None
        return request

    def _check(self, request: JobRequest, sources: TopicSources | None) -> None:
        _check_fields(request, _REQUEST)
        if request.job_type not in self.plugins:
            raise InvalidRequestError(
                f"no loaded plugin offers its job type {request.job_type!r}; "
                + nearest(str(request.job_type), self.plugins)
            )
        if request.max_attempts < 1:
            raise InvalidRequestError(f"max_attempts is {request.max_attempts}, below 1")
        limit = request.time_limit
        if limit is not None and (type(limit) not in (int, float) or not 0 < limit < math.inf):
            message = f"time_limit is {shown(limit)}, not a positive number of seconds"
            raise InvalidRequestError(message)
        _check_unique("inputs", [_checked_input(item).name for item in request.inputs])
        _check_unique("outputs", [self._checked(item, sources).name for item in request.outputs])
        for file in request.shared:
            self._check_shared(file)
        for path, folders in request.carried.items():
            _check_kind("the path of a carried file", path, str)
            _check_kind("the folders of a carried file", folders, tuple)
        for link in request.links:
            _check_kind("a link", link, Link)
            _check_fields(link, _LINK)

    def _checked(self, output: object, sources: TopicSources | None) -> OutputSpec:
        if not isinstance(output, OutputSpec):
            raise InvalidRequestError(f"an output is {shown(output)}, not an OutputSpec")
        fields = output.name, output.destinations, output.languages, output.folders
        if tuple(map(type, fields)) != _USUAL:
            _check_fields(output, _OUTPUT)
        for destination in output.destinations:
            self._check_destination(destination)
        for language in output.languages:
            _check_kind("a language of an output", language, str)
        for folder in output.folders:
            _check_kind("a folder of an output", folder, OutputFolder)
            self._check_destination(folder.path)
        if output.topic_path is not None:
            _check_topic_path(output.topic_path, sources)
        return output

    def _check_shared(self, file: Any) -> None:
        _check_kind("a shared file", file, SharedFile)
        self._check_destination(file.path)
        if not isinstance(file.content, bytes):
            _check_kind("the content of a shared file", file.content, FileInput)
            _checked_input(file.content)

    def _check_destination(self, destination: Any) -> None:
        if type(destination) is not PurePosixPath:
            _check_kind("a destination", destination, PurePosixPath)
        text = str(destination)
        for folder in self.folders:
            # Texts, since a large course has hundreds of thousands of destinations.
            if text.startswith(folder) and text[len(folder) : len(folder) + 1] == "/":
                if fault := _fault(text[len(folder) + 1 :]):
                    raise InvalidRequestError(f"the destination {text!r} {fault}")
                return
        raise InvalidRequestError(
            f"the destination {text!r} is not below a folder of the course's outputs "
            f"({listing(self.folders, 4)})"
        )


def valid_requests(
    requests: Iterable[object], rules: RequestRules, sources: TopicSources | None
) -> list[JobRequest]:
    """The requests; raises InvalidRequestError for the first invalid one."""
    return [rules.check(request, sources) for request in requests]


def _checked_input(item: object) -> FileInput | JobInput:
    if not isinstance(item, (FileInput, JobInput)):
        raise InvalidRequestError(f"an input is {shown(item)}, not a FileInput or JobInput")
    _check_fields(item, _FILE_INPUT if isinstance(item, FileInput) else _JOB_INPUT)
    if fault := _fault(item.name):
        raise InvalidRequestError(f"the name {item.name!r} of an input {fault}")
    return item


def _check_unique(what: str, names: Sequence[str]) -> None:
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise InvalidRequestError(f"two {what} have the name {twice!r}")


def _check_topic_path(path: Any, sources: TopicSources | None) -> None:
    _check_kind("topic_path", path, PurePosixPath)
    if sources is None:
        raise InvalidRequestError("an output has a topic_path, but the request has no topic")
    if fault := _fault(str(path)):
        raise InvalidRequestError(f"the topic_path {str(path)!r} {fault}")
    if str(path) in sources.claimed and str(path) != sources.own:
        raise InvalidRequestError(f"the topic_path {str(path)!r} is that of another source")


def _fault(path: str) -> str:
    """Why a path cannot be used below a folder; the empty text if it can."""
    # Almost all paths are like this, and a large course has very many.
    usual = path.isascii() and "\0" not in path and "/." not in path and not _SEPARATORS
    if usual and path and path[0] not in "./":
        return ""
    return _fault_in(path)


@lru_cache(maxsize=10_000)
def _fault_in(path: str) -> str:
    if path in ("", "."):
        return "is the folder itself"
    if path.startswith("/"):
        return "is absolute"
    parts = path.split("/")
    if ".." in parts:
        return "leads out of its folder"
    if _UNSTORABLE.search(path):
        return "has a character that no file name has"
    if any(mark in path for mark in _SEPARATORS):
        return "has a backslash or a colon"
    own = [part for part in parts if part.rstrip(" .").lower() in _NOT_OUTPUTS]
    return f"is in a folder {own[0]!r}" if own else ""


def _check_fields(item: object, kinds: _Kinds) -> None:
    for name, kind in kinds.items():
        value = getattr(item, name)
        if not isinstance(value, kind) or isinstance(value, bool):
            raise InvalidRequestError(f"{name} is {shown(value)}, not {_named(kind)}")


def _check_kind(what: str, value: Any, kind: type) -> None:
    if not isinstance(value, kind):
        raise InvalidRequestError(f"{what} is {shown(value)}, not {_named(kind)}")


def _named(kind: type | tuple[type, ...]) -> str:
    kinds = kind if isinstance(kind, tuple) else (kind,)
    return " or ".join(f"a {one.__name__}" for one in kinds)
