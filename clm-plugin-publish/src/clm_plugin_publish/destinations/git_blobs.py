"""The ids that git gives to contents, remembered by their digests."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from clm_plugin_publish.contents import Contents


def blob_ids(contents: Contents, memory: Path) -> dict[str, str]:
    """The ids of the files' contents, by path; `memory` keeps them by digest.

    Raises:
        UsageError: a file is not what was built.
    """
    before = _remembered(memory)
    known = dict(before)
    found = {}
    for item in contents.items:
        if item.digest not in known:
            data = item.read()
            known[item.digest] = hashlib.sha1(
                b"blob %d\0" % len(data) + data, usedforsecurity=False
            ).hexdigest()
        found[item.path] = known[item.digest]
    wanted = {item.digest: known[item.digest] for item in contents.items}
    if wanted != before:
        memory.write_text(json.dumps(wanted), encoding="utf-8")
    return found


def _remembered(memory: Path) -> dict[str, str]:
    try:
        data = json.loads(memory.read_bytes())
    except (OSError, ValueError):
        return {}
    return {str(k): str(v) for k, v in data.items()} if isinstance(data, dict) else {}
