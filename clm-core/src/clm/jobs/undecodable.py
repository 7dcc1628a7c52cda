"""Files of a course that a plugin reads as text, but that are none: mistakes of their author."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from clm.errors import ConversionError, Place
from clm.regular_files import read_regular


def undecodable(
    error: UnicodeDecodeError, files: Iterable[tuple[str, Path]], source: str
) -> ConversionError | None:
    """The mistake in that of the files from which the bytes come; None if they come from none.

    Files of a course are UTF-8, so it is the plugin's fault to read them as anything else.

    `source` is the path of the job's source in the course. The files are by their names in the
    topic or in the job's folder.
    """
    if not error.encoding.lower().startswith("utf-8"):
        return None
    for name, path in files:
        try:
            data = read_regular(path)
        except OSError:
            continue
        # A reader may have decoded a part of it only, such as a line.
        began = data.find(error.object)
        if error.object and began >= 0:
            is_source = f"/{source}".endswith(f"/{name}")
            return _mistake("" if is_source else name, source, data, began + error.start)
    return None


def _mistake(name: str, source: str, data: bytes, at: int) -> ConversionError:
    line_start = data.rfind(b"\n", 0, at) + 1
    line = data.count(b"\n", 0, at) + 1
    column = len(data[line_start:at].decode(errors="replace")) + 1
    found = f"is not UTF-8: byte {at} is {data[at]:#04x}"
    if name:
        message, place = f"{name}, which it uses, {found} (line {line})", Place(source)
    else:
        message, place = f"the file {found}", Place(source, line, column)
    return ConversionError(message, place=place, hint="save it as UTF-8")
