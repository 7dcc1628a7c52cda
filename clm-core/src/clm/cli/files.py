"""Files that commands write where the user says."""

from __future__ import annotations

from pathlib import Path

from clm.errors import OutputError, UsageError


def write_text(path: Path, text: str, *, force: bool) -> None:
    """Write a text file; one that is there is only overwritten with `force`.

    Raises:
        UsageError: the file is there.
        OutputError: it cannot be written.
    """
    try:
        with path.open("w" if force else "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as error:
        raise UsageError(f"{path} is there already", hint="--force overwrites it") from error
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}") from error
