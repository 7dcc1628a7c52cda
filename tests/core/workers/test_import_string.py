"""Loading of converters by their import strings."""

from __future__ import annotations

import pytest

from clm.errors import PluginLoadError
from clm.workers.import_string import load


def test_misspelt_class_has_nearest() -> None:
    with pytest.raises(PluginLoadError, match=r"has no attribute 'Ecco', did you mean 'Echo'"):
        load("clm.testing.echo_plugin:Ecco", plugin="echo")
