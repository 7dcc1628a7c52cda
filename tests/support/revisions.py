"""Golden digests per revision of a plugin: a change of its outputs needs a new revision."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path


def check_revision(golden: Path, revision: int, digests: Mapping[str, str], *, exact: bool) -> None:
    """Compare digests with those that were recorded for the revision.

    With CLM_UPDATE_GOLDEN=1 they are recorded. If they are `exact`, which is so for outputs,
    different ones need a higher revision; else the author decides.
    """
    data = json.loads(golden.read_text()) if golden.exists() else {"revision": 0, "digests": {}}
    recorded = data["digests"] if data["revision"] == revision else {}
    changed = sorted(k for k in {*recorded, *digests} if recorded.get(k) != digests.get(k))
    if os.environ.get("CLM_UPDATE_GOLDEN") and not (exact and recorded):
        text = json.dumps({"revision": revision, "digests": dict(digests)}, indent=1)
        golden.write_text(text + "\n", encoding="utf-8", newline="\n")
        return
    assert not changed, (
        f"other than recorded for revision {revision}: {', '.join(changed)}. If outputs are others "
        "than before, increment REVISION. Then run the test with CLM_UPDATE_GOLDEN=1"
    )


def digest_of(data: bytes | str) -> str:
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).hexdigest()


def code_digests(folder: Path, names: Iterable[str]) -> dict[str, str]:
    """The digests of files of a package, without blank lines and comments of modules."""
    return {name: digest_of(_code(folder / name)) for name in sorted(names)}


def _code(file: Path) -> str:
    lines = file.read_text(encoding="utf-8").splitlines()
    is_module = file.suffix == ".py"
    return "\n".join(
        line for line in lines if line.strip() and not (is_module and line.strip().startswith("#"))
    )
