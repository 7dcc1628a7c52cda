"""The programming languages that decks are written in: one table, and nothing else knows them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from attrs import frozen


@frozen
class ProgLang:
    """A programming language of decks.

    Attributes:
        name: as the course spec writes it.
        suffix: of deck files, with the dot.
        comment: the token that starts a line comment, and with ` %%` a cell.
        percent_format: jupytext's name of the percent format.
        folder: the folder of the `code` format in the default output tree.
        kernelspec, language_info: the notebook metadata that Jupyter expects.
    """

    name: str
    suffix: str
    comment: str
    percent_format: str
    folder: str
    kernelspec: Mapping[str, str]
    language_info: Mapping[str, Any]


PYTHON = ProgLang(
    name="python",
    suffix=".py",
    comment="#",
    percent_format="py:percent",
    folder="Python",
    kernelspec={"display_name": "Python 3", "language": "python", "name": "python3"},
    # Without the version: a deck's notebook is the same whichever Python built it.
    language_info={
        "codemirror_mode": {"name": "ipython", "version": 3},
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "name": "python",
        "nbconvert_exporter": "python",
        "pygments_lexer": "ipython3",
    },
)

PROG_LANGS: Mapping[str, ProgLang] = {lang.name: lang for lang in (PYTHON,)}

DECK_PREFIXES = ("slides_", "topic_", "project_")


def deck_patterns() -> tuple[str, ...]:
    """The file-name patterns of decks."""
    return tuple(
        f"{prefix}*{lang.suffix}" for lang in PROG_LANGS.values() for prefix in DECK_PREFIXES
    )


def prog_lang_of(path: PurePosixPath) -> ProgLang:
    """The language of a deck by its suffix.

    Raises:
        ValueError: no language has this suffix.
    """
    for lang in PROG_LANGS.values():
        if lang.suffix == path.suffix:
            return lang
    raise ValueError(f"no programming language has the suffix {path.suffix!r}")
