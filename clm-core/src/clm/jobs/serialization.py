"""Diagnostics as JSON text, for the databases."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache

from cattrs import Converter

from clm.errors import Diagnostic
from clm.jobs.structuring import canonical_json, strict_converter

_SURROGATE = re.compile("[\ud800-\udfff]")


def dump_diagnostics(diagnostics: Iterable[Diagnostic]) -> str:
    """The diagnostics as a JSON list, for `load_diagnostics`.

    Their texts may have bytes of a name that is not UTF-8: these are read back as in `\\udcfc`.
    """
    text = canonical_json(_converter().unstructure(list(diagnostics)))
    return _SURROGATE.sub(lambda found: rf"\\u{ord(found[0]):04x}", text)


def load_diagnostics(text: str) -> tuple[Diagnostic, ...]:
    """The diagnostics in a text from `dump_diagnostics`."""
    return _converter().structure(json.loads(text), tuple[Diagnostic, ...])


@cache
def _converter() -> Converter:
    return strict_converter()
