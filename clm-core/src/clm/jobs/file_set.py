"""Sets of files, as the content of one output of a job."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

from attrs import define, field, frozen

from clm.errors import InvalidResultError

_DIGEST_LETTERS = 12


def name_by_content(name: str, digest: str) -> str:
    """A file name with the beginning of the content's digest: `plot.0123456789ab.png`."""
    path = PurePosixPath(name)
    return f"{path.stem}.{digest[:_DIGEST_LETTERS]}{path.suffix}"


@frozen(repr=False)
class SetFile:
    """A file of a set: the number of its folder, its name there, and the digest of its content."""

    folder: int
    name: str
    digest: str


@define(eq=False, repr=False)
class FileSet:
    """Files for the `folders` of an output, whose names only the result of a job tells.

    Names have a digest of the content, so that equal files of several jobs are one file, and what
    was built before keeps what it needs.
    """

    _files: dict[SetFile, None] = field(factory=dict, init=False)
    _contents: dict[str, bytes] = field(factory=dict, init=False)

    def add(self, folder: int, name: str, content: bytes) -> str:
        """Add a file to the folder with this number; return the name that it gets there."""
        digest = _digest(content)
        self._contents[digest] = content
        return self._add(folder, name, digest)

    def add_input(self, folder: int, name: str, digest: str) -> str:
        """Add an input of the job that is a file of the course, by its digest, as `add` does."""
        return self._add(folder, name, digest)

    def _add(self, folder: int, name: str, digest: str) -> str:
        file = SetFile(folder, name_by_content(name, digest), digest)
        self._files[file] = None
        return file.name

    def to_bytes(self) -> bytes:
        """The content of the output; it does not depend on the order in which files were added."""
        from clm.jobs.structuring import canonical_json  # as below

        contents = dict(sorted(self._contents.items()))
        head = {
            "files": sorted([f.folder, f.name, f.digest] for f in self._files),
            "sizes": {digest: len(content) for digest, content in contents.items()},
        }
        return b"\n".join([canonical_json(head).encode(), b"".join(contents.values())])


@frozen(repr=False)
class ReadFileSet:
    """A set as a result has it; inputs of the job have no content here."""

    files: tuple[SetFile, ...]
    contents: Mapping[str, bytes]

    @classmethod
    def of(cls, data: bytes, folders: int) -> ReadFileSet:
        """The set in an output with so many folders.

        Raises:
            InvalidResultError: it is none.
        """
        head, _, rest = data.partition(b"\n")
        try:
            text = json.loads(head)
            contents = dict(_contents(text["sizes"], rest))
            files = tuple(SetFile(*file) for file in text["files"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise InvalidResultError(f"an output is no set of files: {error}") from error
        for file in files:
            if not (type(file.folder) is int and 0 <= file.folder < folders):
                raise InvalidResultError(f"a set of files has no folder {file.folder!r}")
            if not _is_named_by_content(file):
                raise InvalidResultError(f"a set of files has the invalid name {file.name!r}")
        return cls(files, contents)


def _contents(sizes: Mapping[str, int], data: bytes) -> Iterator[tuple[str, bytes]]:
    start = 0
    for digest, size in sizes.items():
        content = data[start : start + size]
        if _digest(content) != digest:
            raise ValueError("a content does not have its digest")
        yield digest, content
        start += size


def _digest(content: bytes) -> str:
    from clm.jobs.key import digest_bytes  # every command imports this module, few have contents

    return digest_bytes(content)


def _is_named_by_content(file: SetFile) -> bool:
    mark = f".{file.digest[:_DIGEST_LETTERS]}"
    name = file.name
    is_text = isinstance(name, str) and isinstance(file.digest, str)
    if not is_text or len(mark) <= _DIGEST_LETTERS or mark not in name or name[0] == ".":
        return False
    return not any(letter in "/\\:" or not letter.isprintable() for letter in name)
