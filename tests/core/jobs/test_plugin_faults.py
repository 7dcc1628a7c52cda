"""Faults of plugins and their names in messages."""

from __future__ import annotations

import pytest

from clm.errors import PLUGIN_FAULT, Diagnostic
from clm.jobs.plugin_faults import labelled

OWN = "plugin 'decks' of clm-decks 1.0"
OTHER = "plugin 'books' of clm-books 2.0"


@pytest.mark.parametrize(
    ("message", "hint", "shown"),
    [
        ("it failed", PLUGIN_FAULT, f"{OWN}: it failed"),
        (f"{OWN}: it failed", PLUGIN_FAULT, f"{OWN}: it failed"),
        (f"{OTHER}: filter 'x' failed", PLUGIN_FAULT, f"{OTHER}: filter 'x' failed"),
        ("no such word", "mend it", "no such word"),
    ],
)
def test_fault_names_its_own_plugin(message: str, hint: str, shown: str) -> None:
    (diagnostic,) = labelled([Diagnostic(message, hint=hint)], OWN)
    assert diagnostic.message == shown
