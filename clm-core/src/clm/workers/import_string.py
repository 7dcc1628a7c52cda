"""Loading of objects by import string, `module:name`."""

from __future__ import annotations

import importlib
from typing import Any

from clm.errors import PluginLoadError
from clm.hints import cause, nearest
from clm.plugins.discovery import discover


def load(import_string: str, *, plugin: str) -> Any:
    """The object named by the import string.

    Raises:
        PluginLoadError: the module cannot be imported or does not define the name.
    """
    try:
        return resolve(import_string)
    except Exception as error:
        raise PluginLoadError(
            f"{_label(plugin)}: {import_string} cannot be loaded: {cause(error)}",
            plugin=plugin,
            hint="run `clm plugins check`, or reinstall the plugin with its dependencies",
        ) from error


def resolve(import_string: str) -> Any:
    """The object named by the import string; raises what the import raises, or AttributeError."""
    module, _, name = import_string.partition(":")
    found = importlib.import_module(module)
    try:
        return getattr(found, name)
    except AttributeError as error:
        own = (key for key, value in vars(found).items() if isinstance(value, type))
        error.add_note(nearest(name, own))
        raise


def _label(plugin: str) -> str:
    labels = (found.label for found in discover() if found.name == plugin)
    return next(labels, f"plugin {plugin!r}")
