"""Checks of sources beyond those of planning."""

from __future__ import annotations

from collections.abc import Iterator

from clm import Diagnostic, Place, PlanContext, Severity, SourceFile
from clm_plugin_plantuml.blocks import unclosed_blocks, without_comments


def check(source: SourceFile, context: PlanContext) -> Iterator[Diagnostic]:
    """A warning for each diagram without its end, which PlantUML silently leaves out."""
    try:
        lines = source.read_text().split("\n")
    except UnicodeDecodeError:
        return  # planning reports it
    for number in unclosed_blocks(without_comments("\n".join(lines)).split("\n")):
        start = lines[number - 1].strip()
        end = "@end" + start.split()[0][len("@start") :]
        yield Diagnostic(
            f"the diagram has no {end} and is not drawn",
            Severity.WARNING,
            Place(source.course_path, number, 1),
            excerpt=start,
            hint=f"add a line {end}",
        )
