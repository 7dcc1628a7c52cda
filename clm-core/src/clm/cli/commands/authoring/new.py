"""`clm new deck`, `clm new section` and `clm new theme`: additions to a course."""

from __future__ import annotations

from pathlib import Path

import click

from clm.authoring.existing_course import ExistingCourse
from clm.authoring.new_course import write_files
from clm.authoring.new_deck import DeckFiles, deck_in_new_topic, deck_in_topic
from clm.authoring.new_theme import new_theme_in
from clm.authoring.spec_edit import with_section
from clm.authoring.starting import all_starters
from clm.authoring.titles import titles_by_language
from clm.cli.groups import load_plugins
from clm.cli.options import Settings, common_options, pass_settings, verbosity_options
from clm.cli.output.console import echo, json_option, plain, show, write_json
from clm.cli.shell_completion import SpecPath, complete_sections, complete_topics
from clm.course.finding import find_spec
from clm.errors import Diagnostic, Severity, UsageError

_spec_option = click.option(
    "--spec",
    type=SpecPath(),
    help="Use this course spec.  [default: the one in the current folder]",
)


@click.command("deck")
@click.argument("titles", nargs=-1, required=True, metavar="[LANGUAGE=]TITLE...")
@_spec_option
@click.option(
    "--section",
    metavar="NAME",
    shell_complete=complete_sections,
    help="Add the deck to this section (name, id or number).  [default: last]",
)
@click.option("--id", "topic_id", metavar="ID", help="Set the id of the new topic.")
@click.option(
    "--topic",
    metavar="ID",
    shell_complete=complete_topics,
    help="Add the deck to this existing topic.",
)
@json_option
@verbosity_options
@common_options
@pass_settings
def new_deck(
    settings: Settings,
    /,
    titles: tuple[str, ...],
    spec: Path | None,
    section: str | None,
    topic_id: str | None,
    topic: str | None,
    as_json: bool,
) -> None:
    """Add a deck.

    The deck is the first of a new topic at the end of a section, unless --topic names an existing
    one. Give one title for all languages, or one per language, such as
    `clm new deck de=Schleifen en=Loops`.
    """
    if topic is not None and (section is not None or topic_id is not None):
        raise click.UsageError("--topic cannot be combined with --section or --id")
    course = ExistingCourse.load(spec or find_spec(Path()))
    starters = all_starters(load_plugins(), course.spec.plugins)
    by_language = titles_by_language(titles, course.spec.languages)
    if topic is not None:
        made = deck_in_topic(course, starters, by_language, topic)
    else:
        made = deck_in_new_topic(course, starters, by_language, section=section, topic=topic_id)
    write_files(course.data_dir, made.files)
    if made.spec_text is not None:
        course.write_spec(made.spec_text)
    _report(settings, course, made, as_json)


@click.command("section")
@click.argument("names", nargs=-1, required=True, metavar="[LANGUAGE=]NAME...")
@_spec_option
@json_option
@verbosity_options
@common_options
@pass_settings
def new_section(
    settings: Settings, /, names: tuple[str, ...], spec: Path | None, as_json: bool
) -> None:
    """Add a section.

    The section is added at the end of the course. Give one name for all languages, or one per
    language, such as `clm new section "de=Woche 2" "en=Week 2"`.
    """
    course = ExistingCourse.load(spec or find_spec(Path()))
    if course.is_xml:
        raise UsageError(
            f"{course.spec.path} is XML and cannot be edited; nothing was changed",
            hint="edit the file and add a <section> with <name> and <topics>",
        )
    by_language = titles_by_language(names, course.spec.languages)
    course.write_spec(with_section(course.text, course.spec.path, by_language))
    _report(settings, course, DeckFiles({}, ""), as_json)


@click.command("theme")
@click.argument("folder", default="theme")
@_spec_option
@json_option
@verbosity_options
@common_options
@pass_settings
def new_theme(settings: Settings, /, folder: str, spec: Path | None, as_json: bool) -> None:
    """Start a theme.

    FOLDER, by default `theme`, is a new folder of the course. It gets a logo, colours and a footer
    to change, and a style sheet. The spec gets the key `theme`.
    """
    course = ExistingCourse.load(spec or find_spec(Path()))
    made = new_theme_in(course, folder)
    write_files(course.data_dir, made.files)
    if made.spec_text is not None:
        course.write_spec(made.spec_text)
    _report(settings, course, made, as_json)


def _report(settings: Settings, course: ExistingCourse, made: DeckFiles, as_json: bool) -> None:
    notes = [*made.notes, *([made.by_hand] if made.by_hand else [])]
    for note in notes:
        show(Diagnostic(note, Severity.WARNING))
    changed = made.spec_text is not None
    if as_json:
        write_json(
            folder=str(course.data_dir),
            spec=str(course.spec.path),
            spec_changed=changed,
            files=sorted(made.files),
        )
    elif not settings.quiet:
        for name in sorted(made.files):
            echo(plain(f"created:  {name}"))
        if changed:
            echo(plain(f"changed:  {course.spec.path}"))
