"""Messages on the terminal: all errors and warnings are printed here."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import sys
import textwrap
import traceback
from collections.abc import Iterable
from typing import Any

import click
from attrs import evolve

from clm.cli.output.excerpts import SourceLines
from clm.errors import Diagnostic, Place, Severity

# The text comes from courses: it must not rewrite what the terminal shows. Colours and the like
# are dropped, since tools' messages are full of them; other control characters, marks that
# reorder text and halves of surrogate pairs, which cannot be encoded, are made visible.
_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "blue"}
_INDENT = "    "


def prepare_streams() -> None:
    """Escape characters that the terminal's encoding lacks instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def plain(text: str) -> str:
    """Return `text` without colours and with control characters made visible, except line ends."""
    text = _ANSI.sub("", text.replace("\r\n", "\n"))
    return _UNSAFE.sub(lambda match: ascii(match[0])[1:-1], text)


def show(
    diagnostic: Diagnostic,
    *,
    details: bool = False,
    also: str | None = None,
    sources: SourceLines | None = None,
) -> None:
    """Print one message on stderr: what, where, the offending text and what to do.

    `details` prints the diagnostic's details, `also` is one more line. `sources` has the files
    whose lines are quoted.
    """
    head = click.style(f"{diagnostic.severity}:", fg=_COLOURS[diagnostic.severity], bold=True)
    echo_err(f"{head} {_headline(diagnostic, terminal_width())}")
    if lines := (sources or SourceLines()).excerpt(diagnostic, plain):
        echo_err(_block(lines))
    elif diagnostic.excerpt:
        echo_err(_block(f"| {line}" for line in plain(diagnostic.excerpt).splitlines()))
    if diagnostic.hint:
        hint = plain(f"hint: {diagnostic.hint}")
        echo_err(_INDENT + wrapped(hint, terminal_width(), first=len(_INDENT), indent=_INDENT))
    if also:
        echo_err(_block([plain(also)]))
    if details and diagnostic.details:
        echo_err(_block(plain(diagnostic.details).splitlines()))


def show_all(diagnostics: Iterable[Diagnostic], *, details: bool = False) -> None:
    """Print several messages on stderr."""
    for diagnostic in diagnostics:
        show(diagnostic, details=details)


def show_usage(error: click.ClickException) -> None:
    """Print a usage error on stderr."""
    context = getattr(error, "ctx", None)
    hint = f"try `{context.command_path} --help`" if context else None
    show(Diagnostic(error.format_message(), hint=hint))


def show_traceback(error: BaseException) -> None:
    """Print an error's traceback on stderr."""
    echo_err(plain("".join(traceback.format_exception(error))).rstrip())


def show_bug(error: BaseException) -> None:
    """Print an unexpected error with its traceback."""
    show_traceback(error)
    show(
        Diagnostic(
            f"this is a bug in CLM: {type(error).__name__}: {error}",
            hint="please report it with the lines above and the output of `clm --version` and "
            "`clm plugins list`",
        )
    )


def echo_err(text: str) -> None:
    """Print on stderr, with colours on a terminal or as the user wants."""
    click.echo(text, err=True, color=colour())


def echo(text: str) -> None:
    """Print on stdout, with colours on the same conditions."""
    click.echo(text, color=colour())


def colour() -> bool | None:
    """Whether the user wants colours; None if that depends on the terminal.

    NO_COLOR overrides FORCE_COLOR; empty variables are ignored.
    """
    if os.environ.get("NO_COLOR"):
        return False
    return True if os.environ.get("FORCE_COLOR") else None


def _headline(diagnostic: Diagnostic, width: int | None) -> str:
    """Place and message; on a narrow terminal the place has a line of its own."""
    where = plain(f"{diagnostic.place}: ") if diagnostic.place else ""
    message = plain(diagnostic.message)
    first = len(f"{diagnostic.severity}: {where}")
    longest = first + len(message.partition("\n")[0])
    if diagnostic.place and width is not None and longest > width:
        text = wrapped(message, width, first=len(_INDENT), indent=_INDENT)
        room = width - len(f"{diagnostic.severity}: ")
        return f"{_place_alone(diagnostic.place, room)}\n{_INDENT}{text}"
    return where + wrapped(message, width, first=first, indent=_INDENT)


def _place_alone(place: Place, room: int) -> str:
    """The place alone; the cell has a line of its own if it does not fit."""
    where = plain(f"{place}:")
    if place.cell is None or len(where) <= room:
        return where
    return f"{plain(str(evolve(place, cell=None)))}\n{_INDENT}({plain(place.cell)}):"


def _block(lines: Iterable[str]) -> str:
    return "\n".join(f"{_INDENT}{line}" for line in lines)


_LEAST = 40  # in a narrower terminal nothing reads well


def terminal_width() -> int | None:
    """The width of the terminal at stderr in columns; None if it is not a terminal."""
    if not sys.stderr.isatty():
        return None
    return max(shutil.get_terminal_size().columns, _LEAST)


def wrapped(text: str, width: int | None, *, first: int, indent: str) -> str:
    """Wrap a text with `indent` before all lines but the first, which starts in column `first`.

    Lines break between words only, so that paths and commands can be copied.
    """
    lines = text.split("\n")
    if width is not None:
        starts = [" " * first, *[indent] * (len(lines) - 1)]
        broken = [
            textwrap.wrap(
                line,
                width,
                initial_indent=start,
                subsequent_indent=indent,
                break_long_words=False,
                break_on_hyphens=False,
            )
            for line, start in zip(lines, starts, strict=True)
        ]
        lines = [line.strip() for part in broken for line in (part or [""])]
    return f"\n{indent}".join(lines)


def tail(text: str, room: int) -> str:
    """Shorten a text to its end, the more telling part of a path."""
    return text if len(text) <= room else "…" + text[len(text) - max(room - 1, 0) :]


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


def write_json(**fields: Any) -> None:
    """Print one JSON document, of version 1."""
    click.echo(json.dumps({"version": 1, **fields}, indent=2))


def answer(sentence: str, *, as_json: bool, **fields: Any) -> None:
    """Print the outcome as a sentence or as JSON fields."""
    if as_json:
        write_json(**fields)
    else:
        echo_err(sentence)
