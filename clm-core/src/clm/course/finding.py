"""Discovery of the default course spec."""

from __future__ import annotations

from pathlib import Path

from clm.errors import UsageError
from clm.regular_files import read_regular

LOCAL_PLUGINS_KEY = "local-plugins"

_NAMES = ("course.yaml", "course.yml", "course.xml")
_SUFFIXES = (".yaml", ".yml", ".xml")


def find_spec(folder: Path) -> Path:
    """Return the spec in the folder: `course.yaml`, or the only one in `course-specs`.

    Raises:
        UsageError: there is none, or more than one.
    """
    for name in _NAMES:
        if (folder / name).is_file():
            return folder / name
    specs = specs_in(folder / "course-specs")
    if len(specs) == 1:
        return specs[0]
    if specs:
        names = ", ".join(str(spec) for spec in specs)
        raise UsageError("several course specs found", hint=f"name one of {names}")
    raise UsageError(
        f"no course spec in {folder.resolve()}",
        hint="name the file, or change to the folder with course.yaml; create a course with "
        "`clm init DIR`",
    )


def find_course(folder: Path) -> Path | None:
    """Return the spec of the course that the folder is in: the nearest in it or above it, if any.

    Raises:
        UsageError: there is more than one.
    """
    for place in (folder, *folder.parents):
        has_spec = any((place / name).is_file() for name in _NAMES)
        if has_spec or specs_in(place / "course-specs"):
            return find_spec(place)
    return None


def specs_in(folder: Path) -> list[Path]:
    """Return the files of the folder that may be specs, by name."""
    try:
        return sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES)
    except OSError:
        return []


def may_name_plugins(spec_path: Path) -> bool:
    """Whether a spec may name plugins of its course: reading it whole takes long, and few do."""
    try:
        return LOCAL_PLUGINS_KEY.encode() in read_regular(spec_path)
    except OSError:
        return False
