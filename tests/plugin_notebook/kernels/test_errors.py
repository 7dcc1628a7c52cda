"""Errors of cells."""

from __future__ import annotations

import pytest

from clm import Place
from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.kernels.errors import cell_raised


@pytest.mark.parametrize(
    ("ename", "evalue", "message"),
    [
        ("ValueError", "no", "ValueError: no"),
        ("ERROR", "Error in f(): no\n", "ERROR: Error in f(): no"),
        ("KeyboardInterrupt", "", "KeyboardInterrupt"),
    ],
)
def test_message_without_blank_end(ename: str, evalue: str, message: str) -> None:
    error = {"ename": ename, "evalue": evalue, "traceback": []}
    raised = cell_raised(error, 1, Cell("code", "f()"), lambda cell, line: Place("deck"))
    assert raised.message == message
