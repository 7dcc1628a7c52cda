"""What a cohort was given: a record of files by digest, for version control, and their contents."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from attrs import asdict, field, fields, frozen

from clm import UsageError
from clm.builds import CourseInfo

VERSION = 1
EVERYTHING = "*"
"""Stands for all topics in corrections."""

_DIGEST = re.compile(r"[0-9a-f]{64}")


@frozen
class GivenFile:
    """A file of the outputs as a cohort has it, and where its content is.

    `at` is the time when it was given. What is `copied` was passed on as it was. A `page` belongs
    to the whole course and lists what there is; it is made anew when more is given. `content` are
    the folder and the name of a file with it, None if nobody has looked for it yet.
    """

    path: str
    digest: str
    at: str
    topic: str = ""
    kind: str = ""
    section: str = ""
    language: str = ""
    format: str = ""
    target: str = ""
    source: str = ""
    deck: str = ""
    copied: bool = False
    page: bool = False
    content: tuple[Path, str] | None = field(default=None, eq=False)

    def as_data(self) -> dict[str, Any]:
        """The entry of the record."""
        names = (field.name for field in fields(GivenFile) if field.name != "content")
        return {name: value for name in names if (value := getattr(self, name))}


_FIELDS = {field.name: str for field in fields(GivenFile)} | {"copied": bool, "page": bool}


@frozen
class Handout:
    """What went along with the files of a cohort at a `destination`, such as a README.

    `contents` is the digest of the files there that it was made for.
    """

    destination: str
    path: str
    digest: str
    at: str
    contents: str


_FIELDS_OF_HANDOUT = {field.name: str for field in fields(Handout)}


F = TypeVar("F", GivenFile, Handout)


@frozen
class Given:
    """All files of a cohort by path, of all languages and output targets.

    What went along is by destination and path there.
    """

    files: Mapping[str, GivenFile]
    handouts: Mapping[tuple[str, str], Handout] = {}

    @property
    def names(self) -> frozenset[str]:
        """The ids of sections and topics that have been given."""
        return frozenset(n for f in self.files.values() for n in (f.topic, f.section) if n)

    def until(self, at: str) -> Given:
        """What had been given at a time, in the form of the record in UTC."""
        return Given(
            {path: file for path, file in self.files.items() if file.at <= at},
            {key: file for key, file in self.handouts.items() if file.at <= at},
        )

    def handouts_of(self, destination: str) -> dict[str, Handout]:
        """What went along with a destination, by path."""
        return {f.path: f for f in self.handouts.values() if f.destination == destination}


@frozen
class Record:
    """The file beside the spec that says what a cohort was given."""

    cohort: str
    file: Path
    spec: str

    @classmethod
    def of(cls, cohort: str, course: CourseInfo) -> Record:
        """The record of a cohort of a course."""
        file = course.spec.parent / f"published.{cohort}.jsonl"
        return cls(cohort, file, course.spec.name)

    def load(self) -> Given:
        """What the cohort was given; nothing if there is no record.

        Raises:
            UsageError: the record is damaged, or belongs to another course.
        """
        if not self.file.exists():
            return Given({})
        lines = self.file.read_text(encoding="utf-8", errors="replace").splitlines()
        if not lines:
            raise self._damaged(1)
        head, *entries = [self._parsed(number, line) for number, line in enumerate(lines, 1)]
        if head.get("version") != VERSION or head.get("cohort") != self.cohort:
            raise self._damaged(1)
        if head.get("spec") != self.spec:
            raise UsageError(
                f"{self.file} is the record of a cohort of {head.get('spec')}",
                hint=f"give the cohort of {self.spec} another name",
            )
        files: dict[str, GivenFile] = {}
        handouts: dict[tuple[str, str], Handout] = {}
        for number, entry in enumerate(entries, 2):
            if "destination" in entry:
                handout = self._checked(Handout, _FIELDS_OF_HANDOUT, number, entry)
                handouts[handout.destination, handout.path] = handout
            else:
                file = self._checked(GivenFile, _FIELDS, number, entry)
                files[file.path] = file
        return Given(files, handouts)

    def save(self, given: Given) -> None:
        """Write the record, at once or not at all."""
        head = {"version": VERSION, "cohort": self.cohort, "spec": self.spec}
        entries = (given.files[path].as_data() for path in sorted(given.files))
        along = (asdict(given.handouts[key]) for key in sorted(given.handouts))
        text = "".join(f"{json.dumps(e, ensure_ascii=False)}\n" for e in (head, *entries, *along))
        self.restore(text.encode())

    def restore(self, data: bytes | None) -> None:
        """Write the bytes of a record, or remove it."""
        if data is None:
            self.file.unlink(missing_ok=True)
            return
        new = self.file.with_name(f".{self.file.name}.clm-new")
        new.write_bytes(data)
        new.replace(self.file)

    def read(self) -> bytes | None:
        """The bytes of the record, None if there is none."""
        return self.file.read_bytes() if self.file.exists() else None

    def _parsed(self, number: int, line: str) -> dict[str, Any]:
        try:
            data = json.loads(line)
        except ValueError:
            data = None
        if not isinstance(data, dict):
            raise self._damaged(number)
        return data

    def _checked(
        self, made: Callable[..., F], known: Mapping[str, type], number: int, entry: dict[str, Any]
    ) -> F:
        right = all(isinstance(entry[key], known.get(key, int)) for key in entry)
        if not right or not entry.keys() <= known.keys() - {"content"}:
            raise self._damaged(number)
        try:
            file = made(**entry)
        except TypeError as error:
            raise self._damaged(number) from error
        parts = PurePosixPath(file.path).parts
        if (
            not _DIGEST.fullmatch(file.digest)
            or not parts
            or file.path.startswith("/")
            or ".." in parts
            or "\\" in file.path
        ):
            raise self._damaged(number)
        return file

    def _damaged(self, number: int) -> UsageError:
        hint = "restore it from version control: without it, what was given is not known"
        return UsageError(f"{self.file}:{number} is no line of this record", hint=hint)


@frozen
class KeptContents:
    """The contents of what cohorts were given, by digest."""

    folder: Path

    def find(self, digests: Collection[str]) -> dict[str, tuple[Path, str]]:
        """Folder and name of the files with these contents, as far as they are there."""
        # Whole folders are read: a course has tens of thousands of files.
        folders = {name: self.folder / name for name in {digest[:2] for digest in digests}}
        there = {name: self._names(folder) for name, folder in folders.items()}
        return {d: (folders[d[:2]], d) for d in digests if d in there[d[:2]]}

    def _names(self, folder: Path) -> frozenset[str]:
        if not folder.is_dir():
            return frozenset()
        with os.scandir(folder) as entries:
            return frozenset(e.name for e in entries if e.is_file(follow_symlinks=False))

    def read(self, digest: str) -> bytes | None:
        """A content, None if it is not there or is another one."""
        file = self._place(digest)
        if file.is_symlink() or not file.is_file():
            return None
        data = file.read_bytes()
        return data if hashlib.sha256(data).hexdigest() == digest else None

    def has(self, digest: str) -> bool:
        """Whether a content is there."""
        return self._place(digest).is_file()

    def add(self, digest: str, data: bytes) -> None:
        """Keep a content, at once or not at all."""
        place = self._place(digest)
        place.parent.mkdir(parents=True, exist_ok=True)
        new = place.with_name(f".{digest}.clm-new")
        new.write_bytes(data)
        new.replace(place)

    def _place(self, digest: str) -> Path:
        return self.folder / digest[:2] / digest
