"""The page of the docs with a line for each public name, from the docstrings."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from clm import hookspecs

# What plugins may import; in their tests also the test kit.
PUBLIC = (
    "clm",
    "clm.backends.api",
    "clm.backends.remote",
    "clm.browser",
    "clm.builds",
    "clm.commands",
    "clm.installed",
    "clm.programs",
    "clm.stores.api",
    "clm.workers.api",
)
_TEST_KIT = ("clm.testing", "clm.testing.backends", "clm.testing.strategies")
MODULES = tuple(sorted((*PUBLIC, *_TEST_KIT)))
_HEAD = """\
# Public names

All that a plugin may import, with the first sentence of each description; the whole ones are in the
[reference](reference.md) as built, and in Python: `help(clm.JobType)`. This page is made from the
source: `CLM_UPDATE_GOLDEN=1 pytest tests/core/test_docs_reference.py`.
"""
_SENTENCE = re.compile(r".+?\.(?= [A-Z`]|$)")
_ROLE = re.compile(r":[\w:]+:`~?([\w.]+)`")


def hooks() -> list[str]:
    """The names of the hooks that a plugin may implement."""
    return [name for name, value in vars(hookspecs).items() if hasattr(value, "clm_spec")]


def page(reference: Path) -> str:
    """The page; names of data are described in the reference."""
    return "\n".join([_HEAD, *_sections(_data(reference.read_text(encoding="utf-8")))])


def _sections(data: dict[str, str]) -> Iterator[str]:
    yield "## Hooks\n"
    yield from (_line(name, getattr(hookspecs, name), "") for name in hooks())
    for module in MODULES:
        yield f"\n## {module}\n"
        source = import_module(module)
        for name in source.__all__:
            yield _line(name, getattr(source, name), data.get(f"{module}.{name}", ""))
    yield ""


def _line(name: str, value: Any, described: str) -> str:
    text = described or _sentence(inspect.getdoc(value) or "")
    return f"- `{name}{_parameters(value)}`: {text}"


def _parameters(value: Any) -> str:
    if not inspect.isfunction(value):
        return ""
    return f"({', '.join(inspect.signature(value).parameters)})"


def _sentence(text: str) -> str:
    words = " ".join(text.partition("\n\n")[0].split())
    found = _SENTENCE.match(words)
    return _ROLE.sub(r"`\1`", found[0] if found else words)


def _data(reference: str) -> dict[str, str]:
    """The descriptions of data, which have no docstrings."""
    entries = re.findall(r"^\.\. py:data:: (\S+)\n\n((?:   .+\n)+)", reference, re.MULTILINE)
    return {name: _sentence(text) for name, text in entries}
