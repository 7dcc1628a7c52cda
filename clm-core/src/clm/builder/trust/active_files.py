"""Files of a course that run scripts when a reader opens them by themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from clm.active_pages import active_content
from clm.course.course import CourseFile
from clm.errors import Diagnostic, Place


def active_files(files: Iterable[CourseFile]) -> Iterator[Diagnostic]:
    """Yield a problem for each file that may run a script in the browser of its reader."""
    for file in files:
        if found := active_content(file.path):
            line, what = found
            message = "the file would be copied, and run scripts of its author when it is opened"
            yield Diagnostic(
                f"{message}: {what}",
                place=Place(str(file.course_path), line),
                hint="remove the script, or the file; pictures of decks need none",
            )
