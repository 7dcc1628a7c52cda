"""Messages on the terminal: the only place that prints errors and warnings."""

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
from clm.errors import PLUGIN_FAULT, Diagnostic, Place, Severity

# The text comes from courses and must not manipulate the terminal. Colours and similar sequences
# are dropped, since tools' messages are full of them. Other control characters, marks that reorder
# text, and halves of surrogate pairs, which cannot be encoded, are escaped.
_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
_COLOURS = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "blue"}
_INDENT = "    "


def prepare_streams() -> None:
    """Make stdout and stderr escape characters that their encoding lacks, instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def plain(text: str) -> str:
    """Return `text` without colours and with control characters, except line ends, escaped."""
    text = _ANSI.sub("", text.replace("\r\n", "\n"))
    return _UNSAFE.sub(lambda match: ascii(match[0])[1:-1], text)


def show(
    diagnostic: Diagnostic,
    *,
    details: bool = False,
    also: str | None = None,
    sources: SourceLines | None = None,
) -> None:
    """Print one message on stderr: its place, text, source line and hint.

    With `details` the diagnostic's details are printed, too. `also` is an additional line.
    `sources` provides the source lines.
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
    """Print an unexpected error with its traceback: a bug in CLM, or in a plugin."""
    # Imported here: nothing is wrong in most commands.
    from clm.hints import cause
    from clm.plugins.blame import blamed

    show_traceback(error)
    plugin = blamed(error)
    if plugin is not None:
        message = f"{plugin.label} failed unexpectedly: {cause(error)}"
        show(Diagnostic(message, hint=PLUGIN_FAULT))
        return
    show(
        Diagnostic(
            f"this is a bug in CLM: {cause(error)}",
            hint="please report it with the lines above and the output of `clm --version` and "
            "`clm plugins list`",
        )
    )


def echo_err(text: str) -> None:
    """Print on stderr; for colours see `colour`."""
    click.echo(text, err=True, color=colour())


def echo(text: str) -> None:
    """Print on stdout; for colours see `colour`."""
    click.echo(text, color=colour())


def colour() -> bool | None:
    """Whether to print colours; None means only on a terminal.

    NO_COLOR overrides FORCE_COLOR; empty variables are ignored.
    """
    if os.environ.get("NO_COLOR"):
        return False
    return True if os.environ.get("FORCE_COLOR") else None


def _headline(diagnostic: Diagnostic, width: int | None) -> str:
    """Place and message; the place has its own line if both do not fit into one."""
    place = plain(f"{diagnostic.place}: ") if diagnostic.place else ""
    message = plain(diagnostic.message)
    first = len(f"{diagnostic.severity}: {place}")
    longest = first + len(message.partition("\n")[0])
    if diagnostic.place and width is not None and longest > width:
        text = wrapped(message, width, first=len(_INDENT), indent=_INDENT)
        room = width - len(f"{diagnostic.severity}: ")
        return f"{_place_alone(diagnostic.place, room)}\n{_INDENT}{text}"
    return place + wrapped(message, width, first=first, indent=_INDENT)


def _place_alone(place: Place, room: int) -> str:
    """The place without a message; the cell has its own line if it does not fit."""
    text = plain(f"{place}:")
    if place.cell is None or len(text) <= room:
        return text
    return f"{plain(str(evolve(place, cell=None)))}\n{_INDENT}({plain(place.cell)}):"


def _block(lines: Iterable[str]) -> str:
    return "\n".join(f"{_INDENT}{line}" for line in lines)


_MIN_WIDTH = 40  # text wrapped to fewer columns is unreadable


def terminal_width() -> int | None:
    """Return the width of the terminal in columns; None if stderr is not a terminal."""
    if not sys.stderr.isatty():
        return None
    return max(shutil.get_terminal_size().columns, _MIN_WIDTH)


def wrapped(text: str, width: int | None, *, first: int, indent: str) -> str:
    """Wrap a text; all lines but the first, which starts in column `first`, get the `indent`.

    Lines break only at spaces, so that paths and commands can be copied.
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
    """Shorten a text to its last `room` characters, the more informative part of a path."""
    return text if len(text) <= room else "…" + text[len(text) - max(room - 1, 0) :]


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


def write_json(**fields: Any) -> None:
    """Print one JSON document with `version` 1."""
    click.echo(json.dumps({"version": 1, **fields}, indent=2))


def answer(message: str, *, as_json: bool, **fields: Any) -> None:
    """Print the outcome as a message on stderr or as a JSON document on stdout."""
    if as_json:
        write_json(**fields)
    else:
        echo_err(message)
