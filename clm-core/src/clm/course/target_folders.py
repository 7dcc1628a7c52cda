"""Relations between the folders of a course's output targets."""

from __future__ import annotations

from collections.abc import Sequence

from clm.course.notes import Notes
from clm.course.output_tree import PRIVATE_KINDS
from clm.course.paths.stored_names import normal
from clm.course.spec import OutputTargetSpec


def check_target_folders(targets: Sequence[OutputTargetSpec], notes: Notes) -> None:
    """Add what makes folders of targets collide, or shows outputs for speakers to students."""
    names: dict[str, str] = {}
    for target in targets:
        path = str(target.path)
        first = names.setdefault(normal(path.casefold()), path)
        if first != path:
            message = f"the folders {first!r} and {path!r} are the same on some systems"
            hint = "write both alike, or choose another name"
            notes.problem(message, target.place, excerpt=path, hint=hint)
    for outer in (target for target in targets if target.path.parts):
        for inner in targets:
            if outer.path in inner.path.parents and not _private(outer) and _private(inner):
                notes.warning(
                    f"the folder {str(inner.path)!r} with outputs for speakers is inside "
                    f"{str(outer.path)!r}, which has only outputs for students",
                    inner.place,
                    excerpt=str(inner.path),
                    hint="whoever gets the outer folder gets the inner one; put it beside it",
                )


def _private(target: OutputTargetSpec) -> bool:
    return not target.kinds or any(kind in PRIVATE_KINDS for kind in target.kinds)
