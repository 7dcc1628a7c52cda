"""Pictures that the outputs of a course share: files with names by their content."""

from __future__ import annotations

import base64
import binascii
import mimetypes
import re
from collections.abc import Collection, Iterable, Mapping
from html import escape
from pathlib import Path
from urllib.parse import quote

from attrs import evolve, frozen

from clm import FileSet, Job
from clm_plugin_notebook.absent_files import absent_files
from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.decks.text.links import local_file
from clm_plugin_notebook.decks.text.pictures import replace_pictures
from clm_plugin_notebook.payload import TOPIC_FOLDER, NotebookOutput, RestrictedFile

# A smaller picture takes less room in the page than a file of its own.
_SMALLEST = 2000
_DATA = re.compile(
    rf"""(<img\b[^<>]*?\ssrc=")data:image/([\w.+-]+);base64,([A-Za-z0-9+/=\s]{{{_SMALLEST},}})(")"""
)
_SUFFIXES = {"jpeg": ".jpg", "svg+xml": ".svg"}
_NO_NAME = re.compile(r"(?:|con|prn|aux|nul|com\d|lpt\d)", re.I)  # those that Windows has
_LONGEST = 40


class SharedPictures:
    """The pictures of all outputs of a deck."""

    def __init__(self, job: Job, restricted: Iterable[RestrictedFile]) -> None:
        self._restricted = tuple(restricted)
        self._topic = job.folder / TOPIC_FOLDER
        self._digests = job.input_digests
        self._set = FileSet()

    def of(self, output: NotebookOutput) -> OutputPictures | None:
        """Those of an output; None if it has its pictures beside it."""
        if not output.pictures:
            return None
        absent = frozenset(absent_files(self._restricted, output))
        return OutputPictures(self._set, output, self._topic, self._digests, absent)

    def to_bytes(self) -> bytes:
        """The output of the job."""
        return self._set.to_bytes()


@frozen(eq=False)
class OutputPictures:
    """The shared pictures of an output."""

    files: FileSet
    output: NotebookOutput
    topic: Path
    digests: Mapping[str, str]
    absent: Collection[str] = ()

    def url(self, file: Path) -> str | None:
        """The URL of a file of the topic; None if the output does not get it."""
        name = self._name(file)
        if name in self.absent:
            return None
        digest = self.digests.get(f"{TOPIC_FOLDER}/{name}")
        shown = f"{_named(file.stem)}{file.suffix.lower()}"
        if digest is not None:
            return self._url(self.files.add_input(self.output.folder, shown, digest))
        # The results of other jobs may leave the cache before this one does.
        return self._url(self.files.add(self.output.folder, shown, file.read_bytes()))

    def _name(self, file: Path) -> str:
        return file.resolve().relative_to(self.topic.resolve()).as_posix()

    def without_data(self, html: str) -> str:
        """The HTML with links to the pictures that it contains."""
        if ";base64," not in html:
            return html

        def linked(match: re.Match[str]) -> str:
            try:
                content = base64.b64decode("".join(match[3].split()), validate=True)
            except binascii.Error:
                return match[0]  # as the browser shows it
            suffix = _SUFFIXES.get(match[2], f".{match[2].rpartition('.')[2]}")
            if not mimetypes.guess_type(f"x{suffix}")[0]:
                return match[0]
            name = self.files.add(self.output.folder, f"picture{suffix}", content)
            return f"{match[1]}{escape(self._url(name))}{match[4]}"

        return _DATA.sub(linked, html)

    def moved(self, cell: Cell) -> Cell:
        """A Markdown cell that refers to pictures which are no longer beside the document."""
        if cell.type != "markdown" or not self.output.moved:
            return cell

        def url(written: str) -> str | None:
            file = local_file(self.topic, written)
            return self.url(file) if file and self._name(file) in self.output.moved else None

        source = replace_pictures(cell.source, url)
        return cell if source == cell.source else evolve(cell, source=source)

    def _url(self, name: str) -> str:
        return f"{self.output.pictures}/{quote(name)}"


def _named(stem: str) -> str:
    """A name for a picture that is a file name on all systems."""
    name = re.sub(r"[^a-z0-9.]+", "-", stem.lower()).strip("-.")[:_LONGEST].strip("-.")
    return "picture" if _NO_NAME.fullmatch(name.partition(".")[0]) else name
