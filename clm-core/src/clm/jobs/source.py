"""Source files of a course, as job types see them."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from attrs import frozen

from clm.field_repr import field_repr
from clm.regular_files import read_regular


@frozen(repr=False)
class SourceFile:
    """A file of a topic.

    `path` is the path of the file, `topic_path` its path relative to the topic, `course_path`
    its path relative to the course's data folder with `/` between its parts, for messages.
    `digest` is the SHA-256 of its bytes, in hexadecimal.
    """

    __repr__ = field_repr

    path: Path
    topic_path: PurePosixPath
    course_path: str
    digest: str

    def read_text(self) -> str:
        """The file's text (UTF-8, without a byte-order mark, with `\\n` as line ends).

        Raises:
            UnicodeDecodeError: the file is not UTF-8.
        """
        text = read_regular(self.path).decode("utf-8-sig")
        return text.replace("\r\n", "\n").replace("\r", "\n")
