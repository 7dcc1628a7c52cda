"""The place of wrong settings in the spec: the same in `clm validate` and `clm build`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from attrs import evolve, field, frozen
from registries import registry_of

from clm.builder.options import BuildOptions
from clm.builder.sessions.session import load_course
from clm.builder.validation.course import validate_course
from clm.cli.output.excerpts import SourceLines
from clm.errors import Diagnostic, SpecError
from clm.plugins import PluginRegistry
from clm.plugins.loading import Offer, PluginHooks


@frozen
class Room:
    path: str = ""
    seats: int = 0


def _help() -> dict[str, str]:
    return {"help": "a setting"}


def _is_small(_: object, attribute: object, value: int) -> None:
    if value > 9:
        raise ValueError("too many")


@frozen
class Settings:
    count: int = field(default=0, validator=_is_small, metadata=_help())
    wide_name: str = field(default="", metadata=_help())
    words: tuple[str, ...] = field(default=(), metadata=_help())
    texts: dict[str, str] = field(factory=dict, metadata=_help())
    rooms: dict[str, Room] = field(factory=dict, metadata=_help())

    def __attrs_post_init__(self) -> None:
        if self.words and not self.count:
            raise ValueError("words need a count")


# `<<` and `>>` enclose the text that the message marks, or stand where a list or a mapping begins.
WRONG = {
    "scalar": "\n    count: <<many>>",
    "scalar in braces": "{wide-name: a, count: <<many>>}",
    "quoted": "\n    count:    <<'many'>>",
    "on next line": "\n    count:\n      <<many>>",
    "validator": "\n    count: <<10>>",
    "no value": "\n    <<count>>:\n    wide-name: a",
    "list for text": "\n    wide-name: <<>>[a]",
    "list for text below": "\n    wide-name:\n    <<>>- a",
    "mapping for text": "\n    <<wide-name>>:\n      a: b",
    "several lines": "\n    count: <<>>|\n      a\n      b",
    "alias": "\n    wide-name: &x many\n    count: <<*x>>",
    "item": "{count: 1, words: [a, <<2>>]}",
    "item below": "\n    count: 1\n    words:\n    - a\n    - <<2>>",
    "text for list": "\n    words: <<a>>",
    "value in mapping": "{texts: {de: a, en: <<3>>}}",
    "value in class": "{rooms: {a: {path: x, seats: <<few>>}}}",
    "text for class": "{rooms: {a: <<x>>}}",
    "unknown key": "\n    count: 1\n    <<cuont>>: 2",
    "unknown key in class": "{rooms: {a: {path: x, <<colour>>: red}}}",
    "key in two spellings": "{wide-name: a, <<wide_name>>: b}",
    "values together": "{words: <<>>[a]}",
}


@pytest.fixture
def plugins() -> PluginRegistry:
    """A registry with a plugin `test` that has settings."""
    registry = registry_of()
    (plugin,) = registry.plugins
    offer = Offer(PluginHooks(object(), "test"), (), (), (), Settings, ())
    return evolve(registry, plugins=(evolve(plugin, offer=offer),))


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str], tuple[Path, int, int, str]]:
    """Write a spec without its marks; return its path, and line, column and text of the mark."""
    (tmp_path / "slides").mkdir()

    def make(settings: str) -> tuple[Path, int, int, str]:
        spec = f"name: K\nplugins:\n  test: {settings}\nsections: [{{name: W, topics: []}}]\n"
        before, _, rest = spec.partition("<<")
        marked, _, after = rest.partition(">>")
        path = tmp_path / "course.yaml"
        path.write_text(before + marked + after, encoding="utf-8")
        return path, before.count("\n") + 1, len(before) - before.rfind("\n"), marked

    return make


def in_validation(path: Path, plugins: PluginRegistry) -> tuple[Diagnostic, ...]:
    found = validate_course(path, plugins).diagnostics
    return tuple(d for d in found if d.place and d.place.line)


def in_build(path: Path, plugins: PluginRegistry) -> tuple[Diagnostic, ...]:
    with pytest.raises(SpecError) as error:
        load_course(BuildOptions(path), plugins)
    return tuple(error.value.problems)


@pytest.mark.parametrize("settings", WRONG.values(), ids=WRONG)
def test_wrong_setting_marked(settings: str, plugins: PluginRegistry, write) -> None:
    path, line, column, text = write(settings)
    found = in_validation(path, plugins)
    assert [(d.place.line, d.place.column) for d in found if d.place] == [(line, column)]
    assert in_build(path, plugins) == found
    if text and not text.startswith("*"):
        carets = SourceLines(spec=path).excerpt(found[0], str)[1].removeprefix("  | ")
        bare = text.strip("'")
        assert carets == " " * (column - 1 + text.index(bare)) + "^" * len(bare)


def test_all_faults_in_order(plugins: PluginRegistry, write) -> None:
    path, *_ = write("{rooms: {a: {path: 3, b: 1}}, count: x, texts: {de: 1, en: 2}, no: 1}")
    found = in_validation(path, plugins)
    columns = [d.place.column for d in found if d.place]
    assert len(found) == 6
    assert columns == sorted(columns)
    assert in_build(path, plugins) == found


def test_setting_in_xml_marked(tmp_path: Path, plugins: PluginRegistry) -> None:
    (tmp_path / "slides").mkdir()
    path = tmp_path / "course.xml"
    path.write_text(
        "<course><name><de>K</de><en>C</en></name><prog-lang>python</prog-lang>\n"
        "<plugins><test><count>many</count></test></plugins><sections><section>"
        "<name><de>W</de><en>W</en></name><topics/></section></sections></course>\n"
    )
    found = in_validation(path, plugins)
    assert [(d.place.line, d.place.column) for d in found if d.place] == [(2, 23)]
    assert in_build(path, plugins) == found
