"""Files that commands write where the user says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from clm.errors import OutputError, UsageError

F = TypeVar("F", bound=Callable[..., Any])


def file_options(*, output: str) -> Callable[[F], F]:
    """Add `--output` with that help, and `--force`; `write_text` takes what they say."""
    path = click.Path(path_type=Path, dir_okay=False)

    def add(command: F) -> F:
        command = click.option("--force", is_flag=True, help="Overwrite the file.")(command)
        return click.option("-o", "--output", type=path, help=output)(command)

    return add


def write_text(path: Path, text: str, *, force: bool) -> None:
    """Write a text file, and the folders above it; one that is there only with `force`.

    Raises:
        UsageError: the file is there.
        OutputError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w" if force else "x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError as error:
        if not path.is_file():  # but something above it is one
            raise OutputError(f"{path} cannot be written: {error.strerror}") from error
        raise UsageError(f"{path} is there already", hint="--force overwrites it") from error
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}") from error
