"""The registry of plugins for a command."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout

from clm.plugins import PluginRegistry


def load_plugins() -> PluginRegistry:
    """Load the plugins; what they print goes to stderr, since stdout is for results."""
    with redirect_stdout(sys.stderr):
        return PluginRegistry.load()
