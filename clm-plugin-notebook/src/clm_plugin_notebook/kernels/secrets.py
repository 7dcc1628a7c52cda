"""Results that look like secrets: tokens, keys, passwords.

What is printed is on pages, in notebooks of readers and in the results cache. Values of variables
are those that kernels get here, so neither a value nor its digest travels anywhere; the building
process looks for those that it withholds from kernels.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import frozen

from clm import Diagnostic, Severity
from clm.programs import passed_environment, secret_values
from clm_plugin_notebook.decks.cells import Cell, PlaceOf
from clm_plugin_notebook.kernels.results import CellRun

_MOST_CHARACTERS = 5_000_000  # of an output that are looked through
_PLACEHOLDER = re.compile(r"example|your|placeholder|password|secret|changeme|dummy|[*x.]{4}", re.I)
_PICTURES = ("image/", "application/vnd.jupyter.widget")
_START, _END = r"(?<![A-Za-z0-9+/=_-])", r"(?![A-Za-z0-9+/=_-])"


@frozen
class _Kind:
    """A kind of secret; a text without one of the `marks` has none."""

    name: str
    marks: tuple[str, ...]
    pattern: re.Pattern[str]

    @classmethod
    def of(cls, name: str, marks: str, rest: str) -> _Kind:
        beginnings = tuple(marks.split())
        either = "|".join(map(re.escape, beginnings))
        return cls(name, beginnings, re.compile(f"{_START}(?:{either}){rest}{_END}"))


_KINDS = (
    _Kind.of("an access key of AWS", "AKIA ASIA", "[0-9A-Z]{16}"),
    _Kind.of("a token of GitHub", "ghp_ gho_ ghu_ ghs_ ghr_", "[0-9A-Za-z]{36,251}"),
    _Kind.of("a token of GitHub", "github_pat_", "[0-9A-Za-z_]{60,251}"),
    _Kind.of("a token of GitLab", "glpat- glptt- gldt-", r"[0-9A-Za-z_.-]{20,300}"),
    _Kind.of("a token of Slack", "xoxb- xoxp- xoxa- xoxr- xoxs- xapp-", "[0-9A-Za-z-]{20,250}"),
    _Kind.of("an API key of a language model", "sk-", "[0-9A-Za-z_-]{32,250}"),
    _Kind.of("an API key of Google", "AIza", "[0-9A-Za-z_-]{35}"),
    _Kind.of("a token of Hugging Face", "hf_", "[0-9A-Za-z]{30,60}"),
    _Kind.of("a token of PyPI", "pypi-AgE", "[0-9A-Za-z_-]{50,300}"),
    _Kind.of("a token of npm", "npm_", "[0-9A-Za-z]{36}"),
    _Kind.of("a key of Stripe", "sk_live_ rk_live_", "[0-9A-Za-z]{20,250}"),
    _Kind.of("a JSON web token", "eyJ", r"[\w-]{8,4000}\.eyJ[\w-]{8,8000}\.[\w-]{16,2000}"),
    _Kind(
        "a private key",
        ("-----BEGIN ",),
        re.compile(r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY-----"),
    ),
    _Kind(
        "an address with a password",
        ("://",),
        re.compile(r"(?<=://)[^\s/:@\"'<>]{1,100}:[^\s/:@\"'<>]{8,200}@(?=[\w\[])"),
    ),
)


def secrets_in(
    cells: Sequence[Cell],
    runs: Sequence[CellRun],
    place_of: PlaceOf,
    environ: Mapping[str, str] | None = None,
) -> Iterator[Diagnostic]:
    """Yield a warning for each cell and kind of secret that its results seem to have.

    No warning has the secret itself.
    """
    values = secret_values(passed_environment() if environ is None else environ)
    for cell, run in zip(cells, runs, strict=True):
        found: dict[str, int] = {}
        for text in _texts(run):
            for name, line in _found(text[:_MOST_CHARACTERS], values):
                found.setdefault(name, line)
        for name, line in found.items():
            yield Diagnostic(
                f"a result looks like {name} (line {line} of the output)",
                Severity.WARNING,
                place_of(cell, None),
                hint="whoever gets the outputs can read it: remove it from the deck, and replace "
                "the secret by a new one if outputs were published",
            )


def _found(text: str, values: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    for kind in _KINDS:
        if any(mark in text for mark in kind.marks):
            match = next((m for m in kind.pattern.finditer(text) if _is_real(m[0])), None)
            if match:
                yield kind.name, text.count("\n", 0, match.start()) + 1
    for value, name in values.items():
        at = text.find(value)
        if at >= 0:
            yield f"the value of the variable {name}", text.count("\n", 0, at) + 1


def _is_real(text: str) -> bool:
    return not _PLACEHOLDER.search(text)


def _texts(run: CellRun) -> Iterator[str]:
    for output in run.outputs:
        if output["output_type"] == "stream":
            yield output["text"]
        elif output["output_type"] == "error":
            yield "\n".join((*output["traceback"], output["evalue"]))
        else:
            yield from _of_data(output["data"])


def _of_data(data: Mapping[str, Any]) -> Iterator[str]:
    # Results often have the same text in several forms.
    for kind, text in data.items():
        if isinstance(text, str) and (not kind.startswith(_PICTURES) or "svg" in kind):
            yield text
