"""Addresses that do not change with titles, and absolute ones."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import PurePosixPath
from urllib.parse import quote, urlsplit

from clm import ConversionError, Place, listing, nearest
from clm_plugin_site.payload import SiteSettings
from clm_plugin_site.trees import Deck, Tree
from clm_plugin_site.trees import Place as TreePlace

FOLDER = "go"
_LETTERS = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "o", "ł": "l"}


@lru_cache(maxsize=4096)
def slug(name: str) -> str:
    """A name of ASCII letters, digits, `-` and `_` that is the same on all file systems.

    A name that has more than that gets a digest, so different names stay different.
    """
    text = unicodedata.normalize("NFC", name).lower()
    text = "".join(_LETTERS.get(letter, letter) for letter in text)
    known = unicodedata.normalize("NFKD", text)
    plain = "".join(letter for letter in known if not unicodedata.combining(letter))
    made = re.sub(r"[^a-z0-9_-]+", "-", plain).strip("-")
    if made and plain.isascii():
        return made
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"{made}-{digest}".strip("-")


def stable_addresses(
    tree: Tree, redirects: Mapping[str, str], spec: str
) -> Mapping[str, tuple[str, str]]:
    """Paths below the root of a tree, with the path and title of the page that each leads to.

    A topic has one, and each of its decks if there are several. `redirects` maps former ids of
    topics to present ones.

    Raises:
        ConversionError: two topics have the same address.
    """
    by_topic: dict[str, list[Deck]] = {}
    for deck in tree.decks:
        if deck.page and deck.topic:
            by_topic.setdefault(deck.topic, []).append(deck)
    former: dict[str, list[str]] = {}
    for old, new in redirects.items():
        former.setdefault(new, []).append(old)
    found: dict[str, tuple[str, str]] = {}
    owners: dict[str, str] = {}
    for topic, decks in by_topic.items():
        for name in (topic, *former.get(topic, ())):
            _refuse_conflict(owners, slug(name), name, spec)
            found |= _addresses(tree, slug(name), decks)
    return found


def check_redirects(redirects: Mapping[str, str], topics: Iterable[str], spec: str) -> None:
    """Check that each former id leads to a topic that there is, and is that of none.

    Raises:
        ConversionError: one does not.
    """
    known = tuple(dict.fromkeys(topics))
    for old, new in redirects.items():
        place = Place(spec)
        if new not in known:
            message = f"the redirect of {old!r} leads to {new!r}, but no topic has this id"
            raise ConversionError(message, place=place, hint=nearest(new, known))
        if old in known:
            message = f"{old!r} is redirected to {new!r}, but a topic has this id"
            raise ConversionError(message, place=place, hint="remove it from `redirects`")


def check_address(settings: SiteSettings, trees: Iterable[Tree], spec: str) -> None:
    """Check that it is clear what is at the address of the site.

    Raises:
        ConversionError: it is not.
    """
    if not settings.address:
        return
    parts = urlsplit(settings.address)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise ConversionError(
            f"{settings.address!r} is no address of a site",
            place=Place(spec),
            hint="use one such as https://example.org/course",
        )
    public = {"/".join(tree.place.tree) for tree in trees if tree.place.public}
    published = settings.published.strip("/")
    if published not in public if published else len(public) > 1:
        raise ConversionError(
            "it is not clear which folder is at the address of the site",
            place=Place(spec),
            hint=f"set `published` to one of the public folders: {listing(sorted(public), 5)}",
        )


def absolute_root(settings: SiteSettings, place: TreePlace) -> str:
    """The address of the root of a place, which ends with `/`; empty if it has none."""
    published = settings.published.strip("/")
    if not settings.address or not place.public:
        return ""
    if published and "/".join(place.tree) != published:
        return ""
    return (
        f"{settings.address.rstrip('/')}/{quote(PurePosixPath(*place.root.parts[-2:]).as_posix())}/"
    )


def _addresses(tree: Tree, name: str, decks: list[Deck]) -> Mapping[str, tuple[str, str]]:
    pages = [(deck, tree.path_of(deck.page)) for deck in decks if deck.page]
    first, path = pages[0]
    found = {f"{FOLDER}/{name}.html": (path, first.title)}
    if len(pages) > 1:
        for deck, path in pages:
            found[f"{FOLDER}/{name}/{slug(deck.name)}.html"] = path, deck.title
    return found


def _refuse_conflict(owners: dict[str, str], name: str, topic: str, spec: str) -> None:
    if owners.setdefault(name, topic) != topic:
        raise ConversionError(
            f"the topics {owners[name]!r} and {topic!r} would have the same address: {name!r}",
            place=Place(spec),
            hint="give one of them another id",
        )
