"""Text files of decks and templates."""

from __future__ import annotations

from pathlib import Path

from clm import ConversionError, Place

_MEGABYTE = 1_000_000


def read_text(path: Path, label: str, max_megabytes: float | None = None) -> str:
    """Read a UTF-8 file; a byte-order mark is removed, and line ends become `\\n`.

    `label` is the name of the file in messages.

    Raises:
        ConversionError: it cannot be read, is larger than `max_megabytes`, or is not text.
    """
    try:
        _check_size(path.stat().st_size, label, max_megabytes)
        data = path.read_bytes()
    except OSError as error:
        raise ConversionError(
            f"cannot read the file: {error.strerror}", place=Place(label)
        ) from error
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConversionError(
            f"the file is not UTF-8: byte {error.start} is {data[error.start]:#04x}",
            place=Place(label, line=line),
            hint="save it as UTF-8",
        ) from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise ConversionError(
            "the file is binary data, not text: it contains the character U+0000",
            place=Place(label, line=line),
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _check_size(size: int, label: str, max_megabytes: float | None) -> None:
    if max_megabytes is not None and size > max_megabytes * _MEGABYTE:
        raise ConversionError(
            f"the deck is too large: {size / _MEGABYTE:.1f} MB, more than {max_megabytes:g} MB",
            place=Place(label),
            hint="move data to separate files, or increase the setting `max-deck-megabytes`",
        )
