"""Warnings of what will go."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from clm.deprecations import warn_deprecated


def old_way() -> None:
    warn_deprecated("old_way", "use new_way")


def test_a_deprecation_says_what_goes_and_what_to_do():
    with pytest.warns(DeprecationWarning, match="^old_way is deprecated .*: use new_way$"):
        old_way()


def test_a_deprecation_is_about_the_code_that_uses_what_goes():
    with pytest.warns(DeprecationWarning) as caught:
        old_way()
        line = sys._getframe().f_lineno - 1
    (warning,) = caught
    assert (Path(warning.filename), warning.lineno) == (Path(__file__), line)
