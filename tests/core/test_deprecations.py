"""Deprecation warnings."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from clm.deprecations import warn_deprecated


def old_function() -> None:
    warn_deprecated("old_function", "use new_function")


def test_deprecation_names_replacement():
    with pytest.warns(
        DeprecationWarning, match="^old_function is deprecated .*: use new_function$"
    ):
        old_function()


def test_deprecation_points_to_caller():
    with pytest.warns(DeprecationWarning) as caught:
        old_function()
        line = sys._getframe().f_lineno - 1
    (warning,) = caught
    assert (Path(warning.filename), warning.lineno) == (Path(__file__), line)
