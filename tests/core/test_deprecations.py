"""Warnings of what will go."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from clm.deprecations import warn_deprecated


def old_way() -> None:
    warn_deprecated("old_way", "use new_way")


def test_deprecation_names_replacement():
    with pytest.warns(DeprecationWarning, match="^old_way is deprecated .*: use new_way$"):
        old_way()


def test_deprecation_points_to_caller():
    with pytest.warns(DeprecationWarning) as caught:
        old_way()
        line = sys._getframe().f_lineno - 1
    (warning,) = caught
    assert (Path(warning.filename), warning.lineno) == (Path(__file__), line)
