"""Digest of what findings about a course depend on besides its files."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from clm.plugins import PluginRegistry, PluginStatus
from clm.plugins.code_identity import code_identity

FORMAT = 2
"""Incremented whenever anything is kept otherwise, or is found in another way."""

# Variables that differ between the terminals of a user, and of which nothing depends.
_OF_TERMINALS = frozenset(
    {"_", "OLDPWD", "PWD", "SHLVL", "COLUMNS", "LINES", "TERM", "COLORTERM", "WINDOWID"}
    | {"TERM_SESSION_ID", "VTE_VERSION", "TMUX", "TMUX_PANE", "STY", "WINDOW"}
    | {"SSH_CLIENT", "SSH_CONNECTION", "SSH_TTY", "XDG_SESSION_ID", "WT_SESSION"}
)


def basis_of(plugins: PluginRegistry, *parts: object) -> str | None:
    """The digest of these parts, the user, the folder, the environment, and all code.

    None if that does not tell whether something is the same: for plugins of a course itself, and
    for broken ones, whose cause may be anywhere.
    """
    usable = (PluginStatus.OK, PluginStatus.BLOCKED)
    if any(plugin.status not in usable for plugin in plugins.plugins):
        return None
    code = code_identity(plugins)
    try:
        folder = Path.cwd()
    except FileNotFoundError:
        return None  # it was removed
    if code is None:
        return None
    known = os.environ.items()
    environment = sorted(f"{name}={value}" for name, value in known if name not in _OF_TERMINALS)
    user = os.geteuid() if hasattr(os, "geteuid") else ""
    texts = [str(FORMAT), code, str(user), str(folder), *map(repr, parts), *environment]
    return hashlib.sha256("\0".join(texts).encode(errors="surrogateescape")).hexdigest()
