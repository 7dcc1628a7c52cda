"""Sources that are held back, since another one that they use has failed.

What a source makes is unknown when it cannot be planned; a deck that names it by its stem is held
back, as it is if the job for it fails.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from pathlib import PurePosixPath
from urllib.parse import quote

from clm.course.course import CourseFile
from clm.errors import Diagnostic
from clm.regular_files import read_regular


def held_back(file: CourseFile, failed: Iterable[CourseFile]) -> list[Diagnostic]:
    """An error for each of the failed sources that this source uses."""
    text: str | None = None
    found = []
    for other in failed:
        if text is None:
            text = text_of(file)
        if uses(text, other.topic_path):
            message = f"not built: it uses {other.topic_path}, which cannot be planned"
            found.append(Diagnostic(message, hint="fix that first"))
    return found


def uses(text: str, source: PurePosixPath) -> bool:
    """Whether a text names a file that may be made from the source: `net.svg`, or `"net"`."""
    stem = unicodedata.normalize("NFC", source.name.partition(".")[0])
    if not stem:
        return False
    either = "|".join(re.escape(form) for form in {stem, quote(stem)})
    pattern = rf"""(?<![\w-])(?:{either})\.\w|[/"'](?:{either})(?![\w-])"""
    return re.search(pattern, text) is not None


def text_of(file: CourseFile) -> str:
    """The text of a source; empty if it cannot be read."""
    with suppress(OSError):  # then it fails itself
        data = read_regular(file.path)
        return unicodedata.normalize("NFC", data.decode(errors="replace"))
    return ""
