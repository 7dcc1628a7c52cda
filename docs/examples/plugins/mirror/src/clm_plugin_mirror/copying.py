"""The published folder: what is in it is recorded beside the files."""

import json
import shutil
from pathlib import Path

from clm import UsageError
from clm.builds import FinishedBuild

RECORD = "published.json"


def publish(build: FinishedBuild, folder: str) -> list[str]:
    """Bring the folder up to date; return the paths of the files that have changed."""
    if not folder:
        raise UsageError("no folder to publish to", hint="set plugins.mirror.folder in the spec")
    if not build.ok:
        raise UsageError("outputs are not up to date; nothing was published", hint="`clm build`")
    root = (build.course.folder / folder).resolve()
    outputs = {output.path: output for output in build.outputs if output.audience.public}
    before = published(root)
    new = [path for path, output in outputs.items() if output.digest != before.get(path)]
    old = [path for path in before if path not in outputs] if build.complete else []
    for path in new:
        inside(root, path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(outputs[path].file, inside(root, path))
    for path in old:
        inside(root, path).unlink(missing_ok=True)
    now = {path: digest for path, digest in before.items() if path not in old}
    now |= {path: output.digest for path, output in outputs.items()}
    root.mkdir(parents=True, exist_ok=True)
    (root / RECORD).write_text(json.dumps(now, indent=1))
    return sorted([*new, *old])


def published(root: Path) -> dict[str, str]:
    """The digests of the published files, by path."""
    record = root / RECORD
    return dict(json.loads(record.read_bytes())) if record.exists() else {}


def inside(root: Path, path: str) -> Path:
    file = (root / path).resolve()
    if not file.is_relative_to(root):
        raise UsageError(f"{root / RECORD} names {path!r}, which is not in that folder")
    return file
