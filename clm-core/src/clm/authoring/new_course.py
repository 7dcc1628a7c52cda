"""A new course: its files, and writing them into a folder that has none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from attrs import frozen

from clm.authoring.spec_text import NewSpec, parse_spec
from clm.authoring.starting import ChosenStarter, as_bytes, topic_files
from clm.errors import OutputError, UsageError
from clm.hints import listing
from clm.starters import StarterRequest

SPEC_NAME = "course.yaml"
_TOPIC = "introduction"
_TITLES = {"de": "Einführung", "en": "Introduction"}
_SECTIONS = {"de": "Erste Schritte", "en": "First Steps"}
_FOLDER = f"slides/module_100_first_steps/topic_100_{_TOPIC}"
_GITIGNORE = """\
# What CLM makes: outputs, and its own files.
/output/
.clm/
"""
# What a folder may have in which a course begins.
_HARMLESS = (".git",)


@frozen
class NewCourse:
    """What the author says of the course; `name` has a text for each of its languages."""

    name: Mapping[str, str]
    prog_lang: str = "python"
    author: str = ""


@frozen
class CourseFiles:
    """The files of a new course by their paths in it, and what its author should know."""

    files: Mapping[str, bytes]
    notes: tuple[str, ...] = ()


def prog_langs_of(starters: Sequence[ChosenStarter]) -> tuple[str, ...]:
    """The programming languages in which there are decks to start from."""
    langs = (lang for item in starters for lang in item.starter.prog_langs)
    return tuple(dict.fromkeys(langs))


def course_files(course: NewCourse, starters: Sequence[ChosenStarter]) -> CourseFiles:
    """The files of a course with one topic that has something of each starter.

    Raises:
        UsageError: there is nothing to start from.
        ClmError: a plugin cannot make its files.
    """
    if not starters:
        raise UsageError(
            "no installed plugin has anything that a course could start with",
            hint="install one, such as the plugin for slide decks; `clm plugins list` shows what "
            "is there, `clm doctor` what is wrong with it",
        )
    titles = _in_languages(_TITLES, course)
    made = topic_files(starters, StarterRequest(_TOPIC, titles, course.prog_lang))
    spec = NewSpec(
        name=course.name,
        section=_in_languages(_SECTIONS, course),
        topic=_TOPIC,
        topic_options=made.topic_options,
        prog_lang=course.prog_lang,
        author=course.author,
    )
    text = spec.text()
    parse_spec(text, Path(SPEC_NAME))  # so that a name that breaks the spec is refused here
    files: dict[str, str | bytes] = {SPEC_NAME: text, ".gitignore": _GITIGNORE}
    files |= {f"{_FOLDER}/{path}": content for path, content in made.files.items()}
    return CourseFiles(as_bytes(files), made.notes)


def refuse_used_folder(folder: Path) -> None:
    """Make sure that a course may begin in the folder, which need not exist.

    Raises:
        UsageError: it is a file, has something in it, or cannot be looked at.
    """
    try:
        names = sorted(child.name for child in folder.iterdir() if child.name not in _HARMLESS)
    except FileNotFoundError:
        return
    except NotADirectoryError as error:
        raise UsageError(f"{folder} is not a folder", hint="give another name") from error
    except OSError as error:
        raise UsageError(f"the folder {folder} cannot be read: {error.strerror}") from error
    if names:
        raise UsageError(
            f"the folder {folder} is not empty: it has {listing(names, 5)}",
            hint="a new course needs a folder of its own; nothing was written",
        )


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write new files below the folder; none that exists is overwritten.

    Raises:
        OutputError: one cannot be written; those written before it are removed.
    """
    written: list[Path] = []
    path = folder
    try:
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                written.append(path)
                file.write(content)
    except OSError as error:
        for path_written in written:
            path_written.unlink(missing_ok=True)
        raise OutputError(
            f"{path} cannot be written: {error.strerror}",
            hint="nothing else was written; make the place writable, or choose another",
        ) from error


def _in_languages(texts: Mapping[str, str], course: NewCourse) -> dict[str, str]:
    return {code: texts.get(code.partition("-")[0], texts["en"]) for code in course.name}
