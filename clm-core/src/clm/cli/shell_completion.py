"""Shell completion; errors yield no completions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from clm.cli.options import StoredPath
from clm.errors import ClmError


class SpecPath(StoredPath):
    """Path of a course spec; completes folders and possible specs."""

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        # Imported here: only completion lists the folder.
        from clm.course.finding import specs_in

        start, slash, _ = incomplete.rpartition("/")
        folder = start + slash
        found = (folder + path.name for path in specs_in(Path(folder)) if path.is_file())
        specs = [CompletionItem(name) for name in found if name.startswith(incomplete)]
        # First, since bash discards the items before it. It offers folders if no spec matches.
        return [CompletionItem(incomplete, type="dir"), *specs]


def _spec_or_default(ctx: click.Context, _: click.Parameter, value: Path | None) -> Path | None:
    if value is not None or ctx.resilient_parsing:
        return value
    from clm.course.finding import find_spec

    return find_spec(Path())


# The course spec, by default the one in the current folder.
course_spec = click.argument("spec", type=SpecPath(), required=False, callback=_spec_or_default)


def complete_topics(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Complete the ids of the course's topics."""
    spec = _spec(ctx)
    topics = [topic.id for section in spec.sections for topic in section.topics] if spec else []
    return [topic for topic in topics if topic.startswith(incomplete)]


def complete_sections(ctx: click.Context, _: click.Parameter, incomplete: str) -> list[str]:
    """Complete the names and ids of the course's sections."""
    spec = _spec(ctx)
    sections = spec.sections if spec else ()
    names = (name for s in sections for name in (*s.name.values(), s.id or ""))
    return [name for name in dict.fromkeys(names) if name and name.startswith(incomplete)]


def complete_parts(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Complete the course's sections and topics."""
    sections = complete_sections(ctx, parameter, incomplete)
    return [*sections, *complete_topics(ctx, parameter, incomplete)]


def _spec(ctx: click.Context) -> Any:
    from clm.course.finding import find_spec
    from clm.course.syntax.reader import load_spec

    try:
        return load_spec(ctx.params.get("spec") or find_spec(Path()))
    except (ClmError, OSError):
        return None
