"""Diagnostics as text for the databases."""

from __future__ import annotations

from clm.errors import Diagnostic, Place, Severity
from clm.jobs.serialization import dump_diagnostics, load_diagnostics


def test_diagnostics_read_as_written() -> None:
    found = (
        Diagnostic("caf\u00e9 \\\\udcfc", Severity.INFO, Place("a.py", 3, 4, "cell 1"), hint='"b"'),
        Diagnostic("second", excerpt="x\ny", details="z"),
    )
    assert load_diagnostics(dump_diagnostics(found)) == found


def test_text_outside_utf8_escaped() -> None:
    text = dump_diagnostics([Diagnostic("no file a\udcfc")])
    assert load_diagnostics(text.encode().decode())[0].message == r"no file a\udcfc"
