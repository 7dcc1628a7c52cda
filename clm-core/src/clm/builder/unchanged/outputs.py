"""The outputs of a build as plain data, to be kept for commands."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from clm.builds import Audience, BuildOutput


def dumped_outputs(outputs: Iterable[BuildOutput]) -> dict[str, Any]:
    """The outputs as plain data, without their folder, which all have in common."""
    places: dict[tuple[Any, ...], int] = {}  # few, for tens of thousands of outputs
    rows = []
    for out in outputs:
        who = out.audience
        place = (out.section, out.target, who.language, who.kind, who.format, who.public)
        number = places.setdefault(place, len(places))
        made = (out.job, out.job_type, out.name, out.title)
        rows.append((out.path, out.digest, out.source, *made, number))
    return {"places": list(places), "rows": rows}


def loaded_outputs(data: Any, folder: Path) -> tuple[BuildOutput, ...]:
    """The outputs, of which a build without a change wrote none.

    Raises:
        KeyError, IndexError, TypeError, ValueError: they are damaged.
    """
    places = [(section, target, Audience(*who)) for section, target, *who in data["places"]]
    found = []
    for path, digest, source, job, job_type, name, title, number in data["rows"]:
        section, target, audience = places[number]
        about = (source, job, job_type, name, title, section, target, audience)
        found.append(BuildOutput(folder, path, digest, False, *about))
    return tuple(found)
