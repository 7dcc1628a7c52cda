"""Reader of course specs in YAML and XML."""

from __future__ import annotations

import stat
from pathlib import Path

from clm.course.notes import Notes, by_position
from clm.course.spec import CourseSpec
from clm.course.syntax.kept_tree import keep_tree, kept_tree
from clm.course.syntax.structure import read_course
from clm.course.syntax.tree import Node, Scalar, line_of, refuse
from clm.errors import Diagnostic, Place, SpecError
from clm.hints import listing, nearest
from clm.regular_files import open_regular

MAX_BYTES = 1_000_000
_SHOWN = 5


def load_spec(path: Path, kept: Path | None = None, *, keep: bool = True) -> CourseSpec:
    """Return the course spec in a file: YAML for `.yaml` and `.yml`, XML for `.xml`.

    The syntax of other files is determined from their content. A text in YAML whose tree is in the
    file `kept` is not parsed; with `keep`, the tree of another text is written to it.

    Raises:
        SpecError: with all problems of the file.
    """
    spec, problems = read_spec(path, kept, keep=keep)
    if spec is None or problems:
        raise SpecError(problems)
    return spec


def read_spec(
    path: Path, kept: Path | None = None, *, keep: bool = True
) -> tuple[CourseSpec | None, tuple[Diagnostic, ...]]:
    """Return the spec (None if it cannot be read at all) and all problems; `kept` as above.

    A spec with problems may only be used to look for further problems.
    """
    notes = Notes()
    try:
        spec = _read(path, notes, kept, keep)
    except SpecError as error:
        return None, by_position([*notes.problems, *error.problems])
    return spec, by_position(notes.problems)


def _read(path: Path, notes: Notes, kept: Path | None, keep: bool) -> CourseSpec | None:
    text = _read_text(path)
    node = _parse(path, text, notes, kept, keep)
    if node is None or (isinstance(node, Scalar) and node.value in (None, "")):
        place = Place(str(path), 1)
        raise refuse("the course spec is empty", place, hint="add name and sections")
    return read_course(node, path, notes)


def _parse(path: Path, text: str, notes: Notes, kept: Path | None, keep: bool) -> Node | None:
    if not text.strip():
        return None
    suffix = path.suffix.lower()
    is_yaml = suffix in (".yaml", ".yml")
    if suffix == ".xml" or (not is_yaml and text.lstrip().startswith("<")):
        from clm.course.syntax.xml_tree import read_xml

        return read_xml(text, str(path), notes)
    if kept is not None and (known := kept_tree(kept, text, str(path))):
        return known
    from clm.course.syntax.yaml_tree import read_yaml

    tree = read_yaml(text, str(path))
    if kept is not None and keep and tree is not None:
        keep_tree(kept, text, tree)
    return tree


def _read_text(path: Path) -> str:
    data = _read_bytes(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode(errors="replace")) + 1
        raise refuse(
            "the course spec is not UTF-8",
            Place(str(path), line, column),
            excerpt=line_of(data.decode(errors="replace"), line),
            hint="save it as UTF-8",
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _read_bytes(path: Path) -> bytes:
    place = Place(str(path))
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            hint = f"name a file in it: {_specs_in(path)}"
            raise refuse("the course spec is a folder", place, hint=hint)
        if not stat.S_ISREG(mode):
            raise refuse("the course spec is not a file", place)
        with open_regular(path) as file:
            data = file.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise refuse("course spec not found", place, hint=_missing_hint(path)) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise refuse(f"the course spec cannot be read: {reason}", place) from error
    if len(data) > MAX_BYTES:
        hint = f"a spec has at most {MAX_BYTES} bytes; is this the right file?"
        raise refuse("the course spec is too large", place, hint=hint)
    return data


def _missing_hint(path: Path) -> str:
    if not path.parent.is_dir():
        return f"the folder {str(path.parent)!r} does not exist"
    names = _spec_names(path.parent)
    known = f"the folder has {listing(names, _SHOWN)}; " if names else ""
    paths = [str(path.parent / name) for name in names]
    return nearest(str(path), paths, f"{known}create a course with `clm init DIR`")


def _specs_in(folder: Path) -> str:
    found = [
        str(place / name)
        for place in (folder, folder / "course-specs")
        for name in _spec_names(place)
    ]
    return (
        listing(found, _SHOWN)
        if found
        else "but there is none; create a course with `clm init DIR`"
    )


def _spec_names(folder: Path) -> list[str]:
    try:
        names = sorted(child.name for child in folder.iterdir())
    except OSError:
        return []
    return [name for name in names if name.endswith((".yaml", ".yml", ".xml"))]
