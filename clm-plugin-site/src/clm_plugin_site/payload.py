"""Parameters of the jobs that make the site of a course in one language."""

from __future__ import annotations

from attrs import field, frozen


@frozen(repr=False)
class SiteSettings:
    """Settings under `plugins: site:` in the spec."""

    enabled: bool = field(default=False, metadata={"help": "make a front page with search"})
    description: str = field(
        default="", metadata={"help": "one or two sentences about the course, for the front page"}
    )


@frozen(repr=False)
class OutputLink:
    """A link to an output of a deck; `url` is relative to the front page."""

    kind: str
    format: str
    url: str


@frozen(repr=False)
class SiteDeck:
    """A deck: its title, its outputs, and its page, which is searched.

    `page` is the name of the input with the page, `url` its address; both are empty if the deck
    has no page.
    """

    title: str
    links: tuple[OutputLink, ...]
    page: str = ""
    url: str = ""


@frozen(repr=False)
class SiteSection:
    """A section with its decks in their order."""

    name: str
    decks: tuple[SiteDeck, ...]


@frozen(repr=False)
class LanguageLink:
    """The front page in another language."""

    language: str
    url: str


@frozen(repr=False)
class SitePayload:
    """The site of the outputs below one folder."""

    title: str
    language: str
    description: str
    author: str
    organization: str
    sections: tuple[SiteSection, ...]
    languages: tuple[LanguageLink, ...] = ()
