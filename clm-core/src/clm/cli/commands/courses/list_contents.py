"""`clm list`: the contents of a course."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from clm.cli.groups import load_plugins
from clm.cli.options import Settings, common_options, pass_settings
from clm.cli.output.console import echo, echo_err, plain, write_json
from clm.cli.shell_completion import course_spec
from clm.course.spec import (
    ActivitySpec,
    CourseSpec,
    SectionEntry,
    SectionSpec,
    SubsectionSpec,
    TopicSpec,
)
from clm.course.syntax.reader import load_spec
from clm.errors import UsageError
from clm.hints import nearest

if TYPE_CHECKING:
    from clm.builds import FinishedBuild

_STEP = "  "


@click.command("list")
@course_spec
@click.option(
    "--exported",
    is_flag=True,
    help="List neither optional parts nor topics with `export: false`.",
)
@click.option("--outputs", is_flag=True, help="List the outputs that are up to date instead.")
@click.option("--language", metavar="CODE", help="Language of the names.  [default: the first]")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, in all languages.")
@common_options
@pass_settings
def list_contents(
    settings: Settings,
    /,
    spec: Path,
    exported: bool,
    outputs: bool,
    language: str | None,
    as_json: bool,
) -> None:
    """List the contents of a course.

    Sections, subsections, topics and activities are listed in their order. Parts that are not
    enabled are not listed.
    """
    if outputs:
        if exported or language is not None:
            raise UsageError("--outputs cannot be combined with --exported or --language")
        _list_outputs(_finished_build(spec, settings), as_json)
        return
    course = load_spec(spec)
    if as_json:
        write_json(**_course(course, exported))
        return
    for line in _lines(course, _language(course, language), exported):
        echo(plain(line))


def _finished_build(spec: Path, settings: Settings) -> FinishedBuild:
    # Imported here: to list the contents, the spec is enough.
    from clm.builder import BuildOptions
    from clm.builder.inspection import inspect_build
    from clm.builder.sessions.session import load_course

    options, plugins = BuildOptions(spec_path=spec, db_path=settings.db_path), load_plugins()
    return inspect_build(options, plugins, load_course(options, plugins))


def _list_outputs(build: FinishedBuild, as_json: bool) -> None:
    if as_json:
        outputs = [output.as_data() for output in build.outputs]
        write_json(ok=build.ok, folder=str(build.folder), outputs=outputs)
        return
    for output in build.outputs:
        echo(plain(output.path))
    if not build.ok:
        echo_err("the course has outputs that are not up to date; `clm build` makes them")


def _language(course: CourseSpec, wanted: str | None) -> str:
    if wanted is not None and wanted not in course.languages:
        message = f"{wanted!r} is not a language of the course"
        raise UsageError(message, hint=nearest(wanted, course.languages))
    return wanted or course.languages[0]


def _lines(course: CourseSpec, language: str, exported: bool) -> Iterator[str]:
    yield course.name[language]
    if description := course.description.get(language):
        yield f"{_STEP}{description}"
    for section in _sections(course, exported):
        marks = _marks(section.id, section.optional and "optional")
        yield f"{section.name[language]}{marks}"
        for entry in _shown(section.outline, exported):
            yield from (f"{_STEP}{line}" for line in _entry_lines(entry, language, exported))


def _entry_lines(entry: SectionEntry, language: str, exported: bool) -> Iterator[str]:
    match entry:
        case TopicSpec():
            yield f"{entry.id}{_marks(not entry.export and 'not exported')}"
        case ActivitySpec():
            yield f"{entry.text[language]}{_marks(entry.kind or 'activity')}"
        case SubsectionSpec():
            days = ", ".join(entry.weekdays)
            name = entry.name.get(language) or days or "-"
            marks = _marks(days if days != name else "", entry.optional and "optional")
            yield f"{name}{marks}"
            for inner in _shown(entry.entries, exported):
                yield from (f"{_STEP}{line}" for line in _entry_lines(inner, language, exported))


def _marks(*marks: str | bool | None) -> str:
    given = [str(mark) for mark in marks if mark]
    return f" ({', '.join(given)})" if given else ""


def _course(course: CourseSpec, exported: bool) -> dict[str, Any]:
    return {
        "name": dict(course.name),
        "description": dict(course.description),
        "certificate": dict(course.certificate),
        "project_slug": course.project_slug,
        "sections": [_section(section, exported) for section in _sections(course, exported)],
    }


def _section(section: SectionSpec, exported: bool) -> dict[str, Any]:
    return {
        "name": dict(section.name),
        "id": section.id,
        "optional": section.optional,
        "entries": [_as_data(entry, exported) for entry in _shown(section.outline, exported)],
    }


def _as_data(entry: SectionEntry, exported: bool) -> Mapping[str, Any]:
    match entry:
        case TopicSpec():
            return {"type": "topic", "id": entry.id, "export": entry.export}
        case ActivitySpec():
            text = dict(entry.text)
            return {"type": "activity", "text": text, "kind": entry.kind, "id": entry.id}
        case SubsectionSpec():
            return {
                "type": "subsection",
                "name": dict(entry.name),
                "weekdays": list(entry.weekdays),
                "optional": entry.optional,
                "entries": [_as_data(inner, exported) for inner in _shown(entry.entries, exported)],
            }


def _sections(course: CourseSpec, exported: bool) -> Iterator[SectionSpec]:
    return (s for s in course.enabled_sections if not (exported and s.optional))


def _shown(entries: tuple[SectionEntry, ...], exported: bool) -> Iterator[SectionEntry]:
    for entry in entries:
        match entry:
            case SubsectionSpec() if not entry.enabled or (exported and entry.optional):
                continue
            case TopicSpec() if exported and not entry.export:
                continue
            case _:
                yield entry
