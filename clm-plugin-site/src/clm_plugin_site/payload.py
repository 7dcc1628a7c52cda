"""Settings, and parameters of the jobs that make the site of a course in one language."""

from __future__ import annotations

from attrs import field, frozen

from clm import CourseTheme


@frozen(repr=False)
class SiteSettings:
    """Settings under `plugins: site:` in the spec."""

    enabled: bool = field(
        default=False,
        metadata={"help": "make a front page, navigation and search", "initial": True},
    )
    description: str = field(
        default="", metadata={"help": "one or two sentences about the course, for the front page"}
    )
    descriptions: dict[str, str] = field(
        factory=dict,
        metadata={"help": "the description by language, where it is not the same in all"},
    )
    address: str = field(
        default="",
        metadata={"help": "the address at which the public outputs are published, if they are"},
    )
    published: str = field(
        default="",
        metadata={
            "help": "the folder that is at the address, if several output targets are public"
        },
    )
    redirects: dict[str, str] = field(
        factory=dict,
        metadata={"help": "present ids of topics by former ones, whose addresses stay valid"},
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

    `page` is the name of the input with the page, `url` its address, `kind` its kind; all are empty
    if the deck has no page. `files` are the addresses of files with data, by name. `id` stays when
    the title changes.
    """

    title: str
    links: tuple[OutputLink, ...]
    page: str = ""
    url: str = ""
    kind: str = ""
    files: dict[str, str] = field(factory=dict)
    id: str = ""


@frozen(repr=False)
class SiteSection:
    """A section with its decks in their order."""

    name: str
    decks: tuple[SiteDeck, ...]


@frozen(repr=False)
class LanguageLink:
    """The front page in another language; `address` is absolute, or empty."""

    language: str
    url: str
    address: str = ""


@frozen(repr=False)
class FrontPage:
    """A front page and a search index, of the outputs below one folder.

    `address` is that of the folder, which ends with `/`, if it has one. `style` and `script` are
    relative to the front page.
    """

    title: str
    language: str
    description: str
    author: str
    organization: str
    public: bool
    sections: tuple[SiteSection, ...]
    style: str
    script: str
    languages: tuple[LanguageLink, ...] = ()
    address: str = ""
    theme: CourseTheme = field(factory=CourseTheme)


@frozen(repr=False)
class Pages:
    """What the pages below one folder share, and small pages that lead to others.

    `shared` maps paths of outputs to names of files of the plugin. `addresses` maps paths to the
    path and the title of a page. `listed` are the paths of the pages in the sitemap, which there is
    only with an `address`, and `alternates` their addresses by language, of those that have
    several. `navigation` is JSON.
    """

    title: str
    language: str
    navigation: str
    shared: dict[str, str]
    addresses: dict[str, tuple[str, str]]
    listed: tuple[str, ...] = ()
    address: str = ""
    theme: CourseTheme = field(factory=CourseTheme)
    alternates: dict[str, dict[str, str]] = field(factory=dict)


@frozen(repr=False)
class SitePayload:
    """Either of the two jobs that make the site of one folder of outputs in a language."""

    front: FrontPage | None = None
    pages: Pages | None = None
