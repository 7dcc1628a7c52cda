"""`clm init`: creation of a course."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from clm.authoring.new_course import (
    SPEC_NAME,
    NewCourse,
    course_files,
    prog_langs_of,
    refuse_used_folder,
    write_files,
)
from clm.authoring.starting import ChosenStarter, all_starters, usable_starters
from clm.authoring.titles import titles_by_language
from clm.cli.groups import load_plugins
from clm.cli.options import Settings, common_options, pass_settings, verbosity_options
from clm.cli.output.console import echo, echo_err, plain, show, write_json
from clm.cli.plugin_checks import run_check
from clm.course.syntax.fields import LANGUAGE_CODE
from clm.errors import Diagnostic, Severity, UsageError
from clm.hints import nearest

_LANGUAGES = "de, en"
_PROG_LANG = "python"
_NO_FORMATS = Diagnostic(
    "no installed plugin offers output formats, so the course has no outputs yet",
    Severity.WARNING,
    hint="install a plugin that offers some, such as the one for slide decks",
)


@click.command("init")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar="DIR")
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
    folder: Path,
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
    """
    refuse_used_folder(folder)
    plugins = load_plugins()
    starters, omitted = usable_starters(all_starters(plugins), run_check)
    ask = _Questions(quiet=yes or as_json)
    titles = names or (ask("Name of the course", None, _default_name(folder)),)
    codes = _languages(ask("Languages (comma-separated)", languages, _LANGUAGES))
    course = NewCourse(
        name=titles_by_language(titles, codes),
        prog_lang=_prog_lang(prog_lang, starters, ask),
        author=" ".join(ask("Author (optional)", author, "").split()),
    )
    made = course_files(course, starters)
    write_files(folder, made.files)
    notes = [Diagnostic(note, Severity.WARNING) for note in made.notes]
    if not any(job_type.formats for job_type in plugins.job_types.values()):
        notes.append(_NO_FORMATS)
    for diagnostic in (*omitted, *notes):
        show(diagnostic)
    if as_json:
        write_json(folder=str(folder), spec=SPEC_NAME, files=sorted(made.files))
    elif not settings.quiet:
        _print_created(folder, made.files)


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


def _print_created(folder: Path, files: Mapping[str, bytes]) -> None:
    echo(plain(f"created a course in {folder}:"))
    for name in sorted(files):
        echo(plain(f"  {name}"))
    echo("")
    echo(plain(f"build it:  clm build {folder / SPEC_NAME}"))
