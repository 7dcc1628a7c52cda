"""Digests of what is installed on this machine, for fingerprints and payloads.

They are the same wherever the contents are the same: no path and no time is in them.
"""

from clm.installed.fonts import fonts_digest
from clm.installed.source_trees import project_digest, tree_digest

__all__ = ["fonts_digest", "project_digest", "tree_digest"]
