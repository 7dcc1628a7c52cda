"""The language in the name of a file, such as `de` in `demo.de.mp4`."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import PurePosixPath

# The languages of a course that does not name any.
USUAL_LANGUAGES = ("de", "en")


def known_languages(languages: Iterable[str]) -> tuple[str, ...]:
    """The languages that names of files and cells may have in a course with these languages.

    A course in German and English may be built for only one of them.
    """
    return _known(tuple(languages))


@lru_cache(maxsize=64)
def _known(languages: tuple[str, ...]) -> tuple[str, ...]:
    usual = () if set(languages).isdisjoint(USUAL_LANGUAGES) else USUAL_LANGUAGES
    return tuple(dict.fromkeys((*languages, *usual)))


def language_of(path: PurePosixPath, languages: Iterable[str]) -> str:
    """The language before the suffix of a file's name; empty for a file of all languages.

    `languages` are those of the course: with de and en, `x.de.py` is German, while `x.min.py`,
    `x.fr.py` and `de.py` are files of all languages. Only files of its own language, and those
    of all languages, are in the outputs of a language.
    """
    name, dot, language = path.stem.rpartition(".")
    return language if name and dot and language in known_languages(languages) else ""


def without_language(path: PurePosixPath, languages: Iterable[str]) -> PurePosixPath:
    """The path without the language in its name: `img/x.png` for `img/x.de.png`."""
    language = language_of(path, languages)
    if not language:
        return path
    return path.with_name(f"{path.stem.removesuffix(f'.{language}')}{path.suffix}")
