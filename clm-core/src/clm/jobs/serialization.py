"""Diagnostics as JSON text, for the databases."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache

from cattrs import Converter

from clm.errors import Diagnostic
from clm.jobs.structuring import canonical_json, strict_converter


def dump_diagnostics(diagnostics: Iterable[Diagnostic]) -> str:
    """The diagnostics as a JSON list; `load_diagnostics` reads it back unchanged."""
    return canonical_json(_converter().unstructure(list(diagnostics)))


def load_diagnostics(text: str) -> tuple[Diagnostic, ...]:
    """The diagnostics in a text from `dump_diagnostics`."""
    return _converter().structure(json.loads(text), tuple[Diagnostic, ...])


@cache
def _converter() -> Converter:
    return strict_converter()
