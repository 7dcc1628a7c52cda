"""`clm init`: creation of a course."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click
from attrs import frozen

from clm.authoring.new_course import (
    SPEC_NAME,
    NewCourse,
    course_files,
    prog_langs_of,
    refuse_course,
    refuse_used_folder,
    write_files,
)
from clm.authoring.starting import ChosenStarter, all_starters, initial_settings, usable_starters
from clm.authoring.titles import titles_by_language
from clm.cli.groups import load_plugins
from clm.cli.options import Settings, common_options, pass_settings, verbosity_options
from clm.cli.output.console import echo, echo_err, plain, show, write_json
from clm.cli.plugin_checks import run_check
from clm.course.syntax.fields import LANGUAGE_CODE
from clm.errors import Diagnostic, Severity, UsageError
from clm.hints import nearest, shortened
from clm.starters import Starter

_LANGUAGES = "de, en"
_PROG_LANG = "python"
_SHOWN_FILES = 30
_NO_FORMATS = Diagnostic(
    "no installed plugin offers output formats, so the course has no outputs yet",
    Severity.WARNING,
    hint="install a plugin that offers some, such as the one for slide decks",
)


@click.command("init")
@click.argument(
    "folder", type=click.Path(path_type=Path, file_okay=False), metavar="[DIR]", required=False
)
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    metavar="FOLDER",
    help="Make a course of the decks in this folder.",
)
@click.option(
    "--name",
    "names",
    multiple=True,
    metavar="[LANGUAGE=]TEXT",
    help="Set the name of the course (repeatable, once per language).",
)
@click.option("--languages", metavar="CODE,...", help="Set the languages of the course.")
@click.option("--prog-lang", metavar="NAME", help="Set the programming language of the decks.")
@click.option("--author", help="Set the author for the title slides.")
@click.option("--yes", is_flag=True, help="Do not ask; use defaults for missing values.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document; do not ask.")
@verbosity_options
@common_options
@pass_settings
def init(
    settings: Settings,
    /,
    folder: Path | None,
    source: Path | None,
    names: tuple[str, ...],
    languages: str | None,
    prog_lang: str | None,
    author: str | None,
    yes: bool,
    as_json: bool,
) -> None:
    """Create a course.

    DIR is a new or empty folder. The course can be built at once: it contains a sample deck and a
    sample diagram of each type that the installed plugins support.

    With --from, it contains the decks in FOLDER: in DIR, copies of them; without DIR
    the course is in FOLDER itself, which gets a spec and keeps its files as they are.
    """
    if folder is None and source is None:
        raise click.UsageError("give the folder of the new course, or --from FOLDER")
    ask = _Questions(quiet=yes or as_json)
    plugins = load_plugins()
    given = _Given(names, languages, prog_lang, author, initial_settings(plugins))
    chosen = all_starters(plugins)
    if source is not None:
        made = _adopted(folder, source, [item.starter for item in chosen], given, ask)
    else:
        assert folder is not None
        made = _sample(folder, chosen, given, ask)
    write_files(made.folder, made.files)
    for diagnostic in made.notes:
        show(diagnostic)
    if not any(job_type.formats for job_type in plugins.job_types.values()):
        show(_NO_FORMATS)
    if as_json:
        write_json(folder=str(made.folder), spec=SPEC_NAME, files=sorted(made.files))
    elif not settings.quiet:
        _print_created(made.folder, made.files)


@frozen
class _Given:
    """The values of options, what is missing is asked; and settings that plugins propose."""

    names: tuple[str, ...]
    languages: str | None
    prog_lang: str | None
    author: str | None
    plugins: Mapping[str, Mapping[str, Any]]

    def titles(self, ask: _Questions, folder: Path, languages: str) -> Mapping[str, str]:
        """The name of the course by language."""
        titles = self.names or (ask("Name of the course", None, _default_name(folder)),)
        codes = _languages(ask("Languages (comma-separated)", self.languages, languages))
        return titles_by_language(titles, codes)

    def author_of(self, ask: _Questions) -> str:
        """The author, on one line."""
        return " ".join(ask("Author (optional)", self.author, "").split())


@frozen
class _Made:
    """A new course: the files to write in its folder, and what its author should know."""

    folder: Path
    files: Mapping[str, bytes | Path]
    notes: tuple[Diagnostic, ...]


def _sample(folder: Path, chosen: Sequence[ChosenStarter], given: _Given, ask: _Questions) -> _Made:
    refuse_used_folder(folder)
    starters, omitted = usable_starters(chosen, run_check)
    titles = given.titles(ask, folder, _LANGUAGES)
    prog_lang = _prog_lang(given.prog_lang, starters, ask)
    course = NewCourse(titles, prog_lang, given.author_of(ask), given.plugins)
    made = course_files(course, starters)
    return _Made(folder, made.files, (*omitted, *_warnings(made.notes)))


def _adopted(
    folder: Path | None, source: Path, starters: Iterable[Starter], given: _Given, ask: _Questions
) -> _Made:
    # Not needed by other commands, nor for a sample.
    from clm.authoring import adopted_course as making
    from clm.authoring.material import find_material, in_words

    in_place = folder is None or folder.resolve() == source.resolve()
    if folder is None or in_place:
        folder = source
        refuse_course(folder)
    else:
        refuse_used_folder(folder)
    adopts = [starter.adopt for starter in starters if starter.adopt is not None]
    material = find_material(source, adopts)
    titles = given.titles(ask, source, making.main_language(material))
    prog_lang = given.prog_lang or making.main_prog_lang(material) or _PROG_LANG
    course = NewCourse(titles, prog_lang, given.author_of(ask), given.plugins)
    made = making.adopted_course(course, source, material, in_place=in_place)
    files: dict[str, bytes | Path] = {path: text.encode() for path, text in made.texts.items()}
    files |= made.copies
    notes = (*material.notes, *in_words(material.unused), *_warnings(made.notes))
    return _Made(folder, files, notes)


def _warnings(notes: Iterable[str]) -> Iterator[Diagnostic]:
    return (Diagnostic(note, Severity.WARNING) for note in notes)


class _Questions:
    """Asks for missing values on stderr, since stdout is for results."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet

    def __call__(self, question: str, given: str | None, default: str) -> str:
        if given is not None:
            return given
        if self._quiet:
            return default
        try:
            return str(
                click.prompt(question, default=default, err=True, show_default=bool(default))
            )
        except click.Abort as error:
            if error.__context__ is None or isinstance(error.__context__, KeyboardInterrupt):
                raise
            echo_err("")  # ends the line of the question
            raise UsageError(
                "no answer to the questions", hint="use --yes to accept the defaults"
            ) from error


def _languages(text: str) -> tuple[str, ...]:
    codes = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    for code in codes:
        if not LANGUAGE_CODE.fullmatch(code):
            hint = "use language codes, such as de or en"
            raise UsageError(f"{code!r} is not a language code", hint=hint)
    if not codes:
        raise UsageError("no language given", hint="use a code, such as en")
    return codes


def _default_name(folder: Path) -> str:
    words = folder.resolve().name.replace("-", " ").replace("_", " ").split()
    return " ".join(word[:1].upper() + word[1:] for word in words) or "My Course"


def _prog_lang(given: str | None, starters: Sequence[ChosenStarter], ask: _Questions) -> str:
    known = prog_langs_of(starters)
    default = _PROG_LANG if _PROG_LANG in known or not known else known[0]
    question = f"Programming language ({', '.join(known)})" if known else "Programming language"
    name = ask(question, given, default).strip()
    if known and name not in known:
        hint = nearest(name, known)
        raise UsageError(f"no decks can be created in the programming language {name!r}", hint=hint)
    return name


def _print_created(folder: Path, files: Iterable[str]) -> None:
    echo(plain(f"created a course in {folder}:"))
    for name in shortened(sorted(files), _SHOWN_FILES):
        echo(plain(f"  {name}"))
    echo("")
    echo(plain(f"build it:  clm build {folder / SPEC_NAME}"))
    echo(plain(f"see it:    clm preview {folder / SPEC_NAME}"))
