"""What other plugins add to the conversion of a deck, as part of its payload."""

from __future__ import annotations

from collections.abc import Iterable

from attrs import field, frozen

from clm import CourseTheme

MACROS_FOLDER = "macros"
THEME_FOLDER = CourseTheme.FOLDER
# The theme with the look of earlier versions.
CLASSIC = CourseTheme.CLASSIC


@frozen(repr=False)
class CellTag:
    """A tag of cells.

    `badge` is shown above such cells on pages: a text by language, for all languages with the key
    `""`. No output for students has cells with a `private` tag. With `kinds`, only outputs of these
    kinds have such cells.
    """

    name: str
    badge: dict[str, str] = field(factory=dict)
    private: bool = False
    kinds: tuple[str, ...] = ()


@frozen(repr=False)
class DeckKind:
    """A kind of output for students, which output targets of a course may name.

    Cells with a tag in `removed` are left out, beside those that no student gets. With `blanking`,
    students fill in the output, as in `code-along`. With `results`, pages show the results of code.
    """

    name: str
    removed: tuple[str, ...] = ()
    blanking: bool = False
    results: bool = False


@frozen(repr=False)
class Provider:
    """A plugin that code is from; `label` is its name in messages."""

    label: str
    distribution: str
    version: str


@frozen(repr=False)
class AddedCode:
    """A function of another plugin.

    In the key of the job, `fingerprint` stands for it, with the digest of the plugin's `sources`
    if it is not installed from an index.
    """

    name: str
    function: str
    fingerprint: str
    plugin: str
    sources: str = ""


@frozen(repr=False)
class Additions:
    """The additions to a deck.

    The files of macros are in `macros` in the job's folder, those of the theme in `theme`.
    `providers` are the plugins of code by name; their versions are not part of the key.
    """

    tags: tuple[CellTag, ...] = ()
    kinds: tuple[DeckKind, ...] = ()
    filters: tuple[AddedCode, ...] = ()
    tests: tuple[AddedCode, ...] = ()
    cell_transforms: tuple[AddedCode, ...] = ()
    page_transforms: tuple[AddedCode, ...] = ()
    theme: str = ""
    providers: dict[str, Provider] = field(factory=dict, metadata={"local": True})

    @property
    def hiding_tags(self) -> frozenset[str]:
        """The tags of cells that not every student sees."""
        return hiding_tags(self.tags) | {name for kind in self.kinds for name in kind.removed}

    @property
    def known_tags(self) -> frozenset[str]:
        """The names of the tags, and of those that the kinds leave out."""
        return self.hiding_tags | {tag.name for tag in self.tags}


def hiding_tags(tags: Iterable[CellTag]) -> frozenset[str]:
    """Those of the tags that keep cells from some students, or from all."""
    return frozenset(tag.name for tag in tags if tag.private or tag.kinds)
