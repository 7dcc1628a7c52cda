"""Keys of a course whose values the table of keys does not describe."""

from __future__ import annotations

from typing import Any

from clm.course.syntax.fields import Fields, as_data, unique_entries, wrong_type
from clm.course.syntax.tree import Mapping, Scalar


def read_github(fields: Fields) -> dict[str, str]:
    """Return the texts of `github` by key."""
    node = fields.node("github")
    if node is None:
        return {}
    if not isinstance(node, Mapping):
        wrong_type(node, "'github'", "a mapping", fields.notes)
        return {}
    texts: dict[str, str] = {}
    for entry in unique_entries(node, fields.notes):
        if isinstance(entry.value, Scalar):
            texts[entry.key] = entry.value.text
        else:
            wrong_type(entry.value, f"{entry.key!r}", "text", fields.notes)
    return texts


def read_plugin_defaults(fields: Fields) -> dict[str, str]:
    """Return the course's keys that are settings of plugins, by name."""
    python = fields.text("kernel-python")
    return {"kernel-python": python} if python else {}


def read_plugins(fields: Fields) -> dict[str, dict[str, Any]]:
    """Return the settings of plugins, as plain data, by plugin."""
    node = fields.node("plugins")
    if node is None:
        return {}
    if not isinstance(node, Mapping):
        wrong_type(node, "'plugins'", "a mapping from plugin to settings", fields.notes)
        return {}
    settings: dict[str, dict[str, Any]] = {}
    for entry in unique_entries(node, fields.notes):
        if isinstance(entry.value, Mapping):
            settings[entry.key] = as_data(entry.value, fields.notes)
        else:
            what = f"the settings of plugin {entry.key!r}"
            wrong_type(entry.value, what, "a mapping", fields.notes)
    return settings
