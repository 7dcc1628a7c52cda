"""What plugins offer to those who begin a course or a topic: files to start from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import field, frozen


@frozen
class StarterPicture:
    """A picture that a deck may show: `path` in the topic, and what is to be seen on it.

    `language` is the one language of the picture; `""` where it fits all.
    """

    path: str
    text: str
    language: str = ""


@frozen
class StarterRequest:
    """What the files are made for.

    `stem` is the name that the files should have, without prefix and suffix; `titles` has a
    text for each of the course's languages, in their order. `pictures` are those of the
    starters that are not for decks. `settings` are the plugin's own.
    """

    stem: str
    titles: Mapping[str, str]
    prog_lang: str
    pictures: tuple[StarterPicture, ...] = ()
    settings: Any = None

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self.titles)


@frozen
class StarterFiles:
    """A starter's files by their paths in the topic, with `/` between the parts.

    `pictures` are what the files become. `topic_options` are what the topic needs in the
    course spec, such as `{"evaluate": False}`, and `notes` say to the author why.
    """

    files: Mapping[str, str | bytes]
    pictures: tuple[StarterPicture, ...] = ()
    topic_options: Mapping[str, Any] = field(factory=dict)
    notes: tuple[str, ...] = ()


@frozen
class Starter:
    """Files to start from: for a deck, or of another kind that a deck may show.

    `make` raises a `ClmError` where it cannot make them. `prog_langs` are the programming
    languages that `clm init` proposes. `checks` names the plugin's checks that must be well for
    the files to be of use; `clm init` leaves the starter out where one is not.
    """

    name: str
    make: Callable[[StarterRequest], StarterFiles]
    is_deck: bool = False
    prog_langs: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
