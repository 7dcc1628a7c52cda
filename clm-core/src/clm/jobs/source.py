"""A file of a course, as the job types that claim it see it."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from attrs import frozen


@frozen
class SourceFile:
    """A file of a topic.

    `path` is where it lies; `topic_path` its place within the topic; `course_path` its place
    within the course's data folder with `/` between its parts, which is what messages name.
    """

    path: Path
    topic_path: PurePosixPath
    course_path: str
    digest: str

    def read_text(self) -> str:
        """The file's text (UTF-8, a byte-order mark dropped, line ends as `\\n`).

        Raises:
            UnicodeDecodeError: the file is not UTF-8.
        """
        with self.path.open(encoding="utf-8-sig", newline=None) as file:
            return file.read()
