"""Starters: initial files for a new course or topic, provided by plugins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import field, frozen

from clm.field_repr import field_repr


@frozen(repr=False)
class StarterPicture:
    """A picture that a deck may show: its `path` in the topic, and `text`, a description.

    `language` is the language of the picture; `""` if it suits all languages.
    """

    __repr__ = field_repr

    path: str
    text: str
    language: str = ""


@frozen(repr=False)
class StarterRequest:
    """The parameters for the files of a starter.

    `stem` is the name for the files, without prefix and suffix; `titles` has a text for each
    of the course's languages, in their order. `pictures` are those of the starters that are
    not for decks. `settings` are the plugin's own.
    """

    __repr__ = field_repr

    stem: str
    titles: Mapping[str, str]
    prog_lang: str
    pictures: tuple[StarterPicture, ...] = ()
    settings: Any = None

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self.titles)


@frozen(repr=False)
class StarterFiles:
    """A starter's files by their paths in the topic, with `/` between the parts.

    `pictures` are the pictures that the files are converted to. `topic_options` are the options
    that the topic needs in the course spec, such as `{"evaluate": False}`; `notes` explain them
    to the author.
    """

    __repr__ = field_repr

    files: Mapping[str, str | bytes]
    pictures: tuple[StarterPicture, ...] = ()
    topic_options: Mapping[str, Any] = field(factory=dict)
    notes: tuple[str, ...] = ()


@frozen(repr=False)
class ExistingDeck:
    """What an author's file becomes in a course that `clm init --from` makes.

    `name` is the file's name in a topic. Files in a folder with the same `stem` are one topic.
    `prog_lang` is the programming language of its code, if that is known. `topic_options` and
    `notes` are as in `StarterFiles`.
    """

    __repr__ = field_repr

    name: str
    stem: str
    prog_lang: str = ""
    topic_options: Mapping[str, Any] = field(factory=dict)
    notes: tuple[str, ...] = ()


@frozen(repr=False)
class Starter:
    """Initial files: a deck, or files of another kind that a deck may show.

    `make` raises a `ClmError` if it cannot make them. `prog_langs` are the programming
    languages that `clm init` proposes. `checks` names the plugin's checks that must pass for
    the files to be usable; `clm init` leaves the starter out if one fails. `adopt` gets the name
    and content of an author's file, and returns how it becomes a deck, None if it is none, or
    raises a `ClmError` that says why it cannot become one.
    """

    __repr__ = field_repr

    name: str
    make: Callable[[StarterRequest], StarterFiles]
    is_deck: bool = False
    prog_langs: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    adopt: Callable[[str, bytes], ExistingDeck | None] | None = None
