"""Faults of plugins in messages: what plugins raise and report, and whose fault it is."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterable

from attrs import evolve

from clm.errors import PLUGIN_FAULT, ClmError, Diagnostic, Place, Severity
from clm.hints import cause, shown
from clm.machine_faults import machine_hint

_LABEL = re.compile(r"plugin '[^']+' of \S+ \S+: ")


def checked_diagnostics(found: Iterable[object]) -> tuple[Diagnostic, ...]:
    """The diagnostics from a plugin.

    Raises:
        TypeError: one of them is none, or has a field of the wrong type.
    """
    return tuple(map(_checked, found))


def diagnostics_of(error: ClmError) -> tuple[Diagnostic, ...]:
    """The diagnostics of an error that a plugin has raised; raises as `checked_diagnostics`."""
    return checked_diagnostics(error.diagnostics)


def labelled(diagnostics: Iterable[Diagnostic], plugin: str) -> tuple[Diagnostic, ...]:
    """The diagnostics; those about a fault of the plugin name it, by its label.

    Those that name another one are left as they are: it extends the plugin.
    """
    return tuple(
        evolve(d, message=f"{plugin}: {d.message}") if plugin and _is_unlabelled(d, plugin) else d
        for d in diagnostics
    )


def _is_unlabelled(diagnostic: Diagnostic, plugin: str) -> bool:
    if diagnostic.hint != PLUGIN_FAULT or plugin in diagnostic.message:
        return False
    return not _LABEL.match(diagnostic.message)


def is_of_machine(error: BaseException) -> bool:
    """Whether the machine, such as its full disk, is the reason for an error in a plugin."""
    return machine_hint(error) is not None


def fault(error: BaseException, message: str, plugin: str) -> Diagnostic:
    """The diagnostic about an error that a plugin, with this label, has raised."""
    text = f"{message}: {cause(error)}"
    hint = PLUGIN_FAULT
    if isinstance(error, UnicodeDecodeError):
        hint = "save the source, and the files that it uses, as UTF-8; else report this"
    hint = machine_hint(error) or hint
    details = "".join(traceback.format_exception(error))
    return Diagnostic(f"{plugin}: {text}" if plugin else text, hint=hint, details=details)


def _checked(item: object) -> Diagnostic:
    if not isinstance(item, Diagnostic):
        raise TypeError(f"{shown(item)} is not a Diagnostic")
    texts = {"hint": item.hint, "excerpt": item.excerpt, "details": item.details}
    if not isinstance(item.message, str):
        raise TypeError(f"the message of a Diagnostic is {shown(item.message)}, not a str")
    if not isinstance(item.severity, Severity):
        raise TypeError(f"the severity of a Diagnostic is {shown(item.severity)}, not a Severity")
    for name, text in texts.items():
        if text is not None and not isinstance(text, str):
            raise TypeError(f"the {name} of a Diagnostic is {shown(text)}, not a str")
    if item.place is not None:
        _check_place(item.place)
    return item


def _check_place(place: object) -> None:
    if not isinstance(place, Place):
        raise TypeError(f"the place of a Diagnostic is {shown(place)}, not a Place")
    if not isinstance(place.file, str):
        raise TypeError(f"the file of a Place is {shown(place.file)}, not a str")
    for name, number in (("line", place.line), ("column", place.column)):
        if number is not None and type(number) is not int:
            raise TypeError(f"the {name} of a Place is {shown(number)}, not an int")
    if place.cell is not None and not isinstance(place.cell, str):
        raise TypeError(f"the cell of a Place is {shown(place.cell)}, not a str")
