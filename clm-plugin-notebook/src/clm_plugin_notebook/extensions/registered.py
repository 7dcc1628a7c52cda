"""What the plugins that a course names as extensions add to its decks, for planning."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define, field

from clm import ConversionError, FileInput, HookResult, Place, nearest
from clm_plugin_notebook.additions import (
    CLASSIC,
    MACROS_FOLDER,
    THEME_FOLDER,
    AddedCode,
    Additions,
    Provider,
    hiding_tags,
)

if TYPE_CHECKING:
    from clm_plugin_notebook.api import CellTransform, PageTheme, PageTransform

T = TypeVar("T")


@define(eq=False, repr=False)
class Extensions:
    """The results of the hooks, from all installed plugins.

    A course gets those of the plugins that its setting `extensions` names, and of no other.
    """

    results: Sequence[HookResult] = ()
    _found: dict[tuple[str, ...], _Chosen] = field(factory=dict, init=False)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The names of all kinds, whether a course names their plugins or not."""
        return tuple(dict.fromkeys(kind.name for kind in _of_hook(self.results, "kinds")))

    def hiding_tags(self, names: Collection[str] | None = None) -> frozenset[str]:
        """All tags by which plugins with these names, or all plugins, keep cells from students."""
        results = [r for r in self.results if names is None or r.plugin in names]
        removed = {tag for kind in _of_hook(results, "kinds") for tag in kind.removed}
        return hiding_tags(_of_hook(results, "tags")) | removed

    def chosen(self, names: Sequence[str], file: str) -> _Chosen:
        """The extensions with these names, in this order; `file` is the place of errors.

        Raises:
            ConversionError: one is not installed, or two offer the same name.
        """
        key = tuple(dict.fromkeys(names))
        if key not in self._found:
            self._found[key] = _Chosen(tuple(self._results_of(key, file)))
            self._found[key].refuse_conflicts(file)
        return self._found[key]

    def offering_kind(self, kind: str) -> str | None:
        """The name of a plugin that offers a kind."""
        return next(
            (r.plugin for r in self.results if any(k.name == kind for k in _of_hook([r], "kinds"))),
            None,
        )

    def _results_of(self, names: Iterable[str], file: str) -> Iterator[HookResult]:
        installed = dict.fromkeys(result.plugin for result in self.results)
        for name in names:
            if name not in installed:
                raise ConversionError(
                    f"the course uses the extension {name!r}, but no loaded plugin of this name "
                    "extends decks",
                    place=Place(file),
                    hint=f"install it, see `clm plugins list`; {nearest(name, installed)}",
                )
            yield from (result for result in self.results if result.plugin == name)


@define(eq=False, repr=False)
class _Chosen:
    """The results of the extensions of one course."""

    results: tuple[HookResult, ...]
    _made: dict[tuple[frozenset[str], str], Additions] = field(factory=dict, init=False)

    def additions(self, kinds: Iterable[str], theme: str, file: str) -> Additions:
        """What is added to a deck with outputs of these kinds.

        Raises:
            ConversionError: no extension offers the theme.
        """
        if theme and theme != CLASSIC:
            self._theme(theme, file)
        key = frozenset(kinds), theme
        if key not in self._made:
            self._made[key] = self._additions(*key)
        return self._made[key]

    def _additions(self, used: frozenset[str], theme: str) -> Additions:
        return Additions(
            tags=tuple(_of_hook(self.results, "tags")),
            kinds=tuple(kind for kind in _of_hook(self.results, "kinds") if kind.name in used),
            filters=tuple(self._functions("filters")),
            tests=tuple(self._functions("tests")),
            cell_transforms=tuple(self._transforms("cell_transforms")),
            page_transforms=tuple(self._transforms("page_transforms")),
            theme=theme,
            providers={
                r.plugin: Provider(r.label, r.distribution, r.version) for r in self.results
            },
        )

    def inputs(self, theme: str, file: str) -> Iterator[FileInput]:
        """The files of macros and of the theme, as inputs of a job."""
        for templates in _of_hook(self.results, "templates"):
            if templates.macros is not None:
                yield from _files(templates.macros, f"{MACROS_FOLDER}/{templates.name}")
        if theme and theme != CLASSIC:
            yield from _files(self._theme(theme, file).folder, THEME_FOLDER)

    def refuse_conflicts(self, file: str) -> None:
        """Raise a ConversionError if two extensions offer the same name."""
        from clm_plugin_notebook.api import DeckTemplates  # few courses have extensions

        owners: dict[tuple[str, str], str] = {}
        for result in self.results:
            what = result.hook.removeprefix(_PREFIX)
            for item in result.value:
                names = [(what, item.name)]
                if isinstance(item, DeckTemplates):
                    names += [("filters", name) for name in item.filters]
                    names += [("tests", name) for name in item.tests]
                for name in names:
                    if name in owners:
                        raise ConversionError(
                            f"two extensions of the course offer {name[0]} named {name[1]!r}: "
                            f"{owners[name]} and {result.label}",
                            place=Place(file),
                            hint="remove one of them from `extensions`",
                        )
                    owners[name] = result.label

    def _theme(self, name: str, file: str) -> PageTheme:
        themes: dict[str, PageTheme] = {t.name: t for t in _of_hook(self.results, "themes")}
        if name not in themes:
            raise ConversionError(
                f"no extension of the course offers the page theme {name!r}",
                place=Place(file),
                hint=f"{nearest(name, [CLASSIC, *themes])}; name its plugin in `extensions`; a "
                "folder of the course is written with a slash, such as ./theme",
            )
        return themes[name]

    def _functions(self, what: str) -> Iterator[AddedCode]:
        for result in self.results:
            for templates in _of_hook([result], "templates"):
                for name, function in getattr(templates, what).items():
                    yield _code(name, function, templates.fingerprint, result)

    def _transforms(self, what: str) -> Iterator[AddedCode]:
        for result in self.results:
            transforms: Iterable[CellTransform | PageTransform] = _of_hook([result], what)
            for item in transforms:
                yield _code(item.name, item.function, item.fingerprint, result)


NO_EXTENSIONS = Extensions()

_PREFIX = "clm_notebook_"


def _of_hook(results: Iterable[HookResult], what: str) -> Iterator[Any]:
    for result in results:
        if result.hook == _PREFIX + what:
            yield from result.value


def _code(name: str, function: str, fingerprint: str, result: HookResult) -> AddedCode:
    sources = result.sources_of(function)
    return AddedCode(name, function, fingerprint, result.plugin, sources)


def _files(folder: Path, name: str) -> Iterator[FileInput]:
    """Yield the files below a folder of a plugin, without those that Python or editors add."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and not any(p == "__pycache__" or p.startswith(".") for p in parts):
            status = path.stat()
            digest = _digest(path, status.st_mtime_ns, status.st_size)
            yield FileInput("/".join((name, *parts)), path, digest)


@lru_cache(maxsize=1024)
def _digest(path: Path, time: int, size: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
