"""New courses: their files, and writing these to an empty folder."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from attrs import field, frozen

from clm.authoring.spec_text import NewSpec, parse_spec
from clm.authoring.starting import ChosenStarter, as_bytes, topic_files
from clm.errors import OutputError, UsageError
from clm.hints import listing
from clm.regular_files import open_regular
from clm.starters import StarterRequest

SPEC_NAME = "course.yaml"
_TOPIC = "introduction"
_TITLES = {"de": "Einführung", "en": "Introduction"}
_SECTIONS = {"de": "Erste Schritte", "en": "First Steps"}
_FOLDER = f"slides/module_100_first_steps/topic_100_{_TOPIC}"
GITIGNORE = """\
# Outputs of CLM, and its own files.
/output/
.clm/
"""
# Names that an otherwise empty folder may have.
_HARMLESS = (".git",)


@frozen
class NewCourse:
    """The author's data for a new course; `name` has a text for each of its languages.

    `plugins` are settings by the names of their plugins.
    """

    name: Mapping[str, str]
    prog_lang: str = "python"
    author: str = ""
    plugins: Mapping[str, Mapping[str, Any]] = field(factory=dict)


@frozen
class CourseFiles:
    """The files of a new course by their paths in it, and notes for its author."""

    files: Mapping[str, bytes]
    notes: tuple[str, ...] = ()


def prog_langs_of(starters: Sequence[ChosenStarter]) -> tuple[str, ...]:
    """The programming languages of the starter decks."""
    langs = (lang for item in starters for lang in item.starter.prog_langs)
    return tuple(dict.fromkeys(langs))


def course_files(course: NewCourse, starters: Sequence[ChosenStarter]) -> CourseFiles:
    """The files of a course with one topic that has the files of all starters.

    Raises:
        UsageError: there are no starters.
        ClmError: a plugin cannot create its files.
    """
    if not starters:
        raise UsageError(
            "no installed plugin provides starter files for a course",
            hint="install one, such as the plugin for slide decks; `clm plugins list` lists the "
            "installed plugins, `clm doctor` their problems",
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
        plugins=course.plugins,
    )
    text = spec.text()
    parse_spec(text, Path(SPEC_NAME))  # rejects names that would make the spec invalid
    files: dict[str, str | bytes] = {SPEC_NAME: text, ".gitignore": GITIGNORE}
    files |= {f"{_FOLDER}/{path}": content for path, content in made.files.items()}
    return CourseFiles(as_bytes(files), made.notes)


def refuse_used_folder(folder: Path) -> None:
    """Check that a new course can be created in the folder, which need not exist.

    Raises:
        UsageError: it is a file, is not empty, or cannot be read.
    """
    try:
        names = sorted(child.name for child in folder.iterdir() if child.name not in _HARMLESS)
    except FileNotFoundError:
        return
    except NotADirectoryError as error:
        raise UsageError(f"{folder} is not a folder", hint="choose another name") from error
    except OSError as error:
        raise UsageError(f"the folder {folder} cannot be read: {error.strerror}") from error
    if names:
        raise UsageError(
            f"the folder {folder} is not empty: it contains {listing(names, 5)}",
            hint="a new course needs an empty folder; nothing was written",
        )


def refuse_course(folder: Path) -> None:
    """Check that a folder is no course yet.

    Raises:
        UsageError: it has a spec.
    """
    if (folder / SPEC_NAME).exists():
        raise UsageError(f"{folder} is a course already: it contains {SPEC_NAME}")


def write_files(folder: Path, files: Mapping[str, bytes | Path]) -> None:
    """Write new files, or copies of others, below the folder; none is overwritten.

    Raises:
        OutputError: a file cannot be written; those written before it are removed.
    """
    written: list[Path] = []
    path = folder
    try:
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                written.append(path)
                _fill(file, content)
    except OSError as error:
        for path_written in written:
            path_written.unlink(missing_ok=True)
        raise OutputError(
            f"{path} cannot be written: {error.strerror}",
            hint="no files were created; make the folder writable, or choose another",
        ) from error


def _fill(file: BinaryIO, content: bytes | Path) -> None:
    if isinstance(content, bytes):
        file.write(content)
    else:
        with open_regular(content) as original:  # may be a film
            shutil.copyfileobj(original, file)


def _in_languages(texts: Mapping[str, str], course: NewCourse) -> dict[str, str]:
    return {code: texts.get(code.partition("-")[0], texts["en"]) for code in course.name}
