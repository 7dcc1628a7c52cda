"""Files below folders of the course, the same on every platform."""

from __future__ import annotations

import os
import posixpath
import re
import stat
from collections.abc import Iterator
from fnmatch import translate
from pathlib import Path, PurePosixPath

from attrs import field, frozen

from clm.course.notes import Notes
from clm.errors import Place
from clm.hints import listing
from clm.utf8 import is_utf8, printable

# Matched against names below a topic only: the course itself may be in a folder `build`.
SKIPPED_FOLDERS = frozenset(
    {
        "__pycache__",
        "node_modules",
        "CMakeFiles",
        "venv",
        "bin",
        "build",
        "dist",
        "obj",
        "out",
        "target",
        "_archive",
        "_drafts",
        ".bzr",
        ".cargo",
        ".clm",
        ".git",
        ".gradle",
        ".hg",
        ".hypothesis",
        ".idea",
        ".ipynb_checkpoints",
        ".mypy_cache",
        ".nox",
        ".pytest_cache",
        ".ruff_cache",
        ".svn",
        ".tox",
        ".venv",
        ".vs",
        ".vscode",
    }
)
SKIPPED_FOLDER_PATTERNS = ("*.egg-info", "cmake-build-*")
SKIPPED_FILES = (
    "*~",
    "#*#",
    ".#*",
    ".clm-include",
    "*.bak",
    "*.bkp",
    "*.pyc",
    "*.pyo",
    "*.orig",
    "*.rej",
    "*.swo",
    "*.swp",
    "~$*",
    ".~lock.*#",
    ".DS_Store",
    "Thumbs.db",
    "desktop.ini",
)
# Copies that Dropbox, Syncthing, Nextcloud and git's merge tools leave beside a file.
CONFLICT_COPIES = (
    "*conflicted copy*",
    "*.sync-conflict-*",
    "*_conflict-[0-9]*",
    *(f"*_{side}_[0-9]*.*" for side in ("BACKUP", "BASE", "LOCAL", "REMOTE")),
)
_SKIPPED_FOLDER = re.compile("|".join(map(translate, SKIPPED_FOLDER_PATTERNS)))
_SKIPPED_FILE = re.compile("|".join(map(translate, SKIPPED_FILES)))
_CONFLICT_COPY = re.compile("|".join(map(translate, CONFLICT_COPIES)))

_Above = tuple[Path, ...]  # the real paths of the folders that lead to a folder, and its own


@frozen(repr=False)
class CourseFile:
    """A file of the course.

    `topic_path` is relative to its topic, or to the folder that is listed; `course_path` is
    relative to the data folder, with `/` between its parts. A file that `is_part` of another is
    neither a source of its own nor copied to the outputs.
    """

    path: Path
    topic_path: PurePosixPath
    course_path: str
    is_part: bool = False


_READABLE = "give yourself read permission"


@frozen(eq=False, repr=False)
class Walk:
    """Lists files below `data_dir`; adds what cannot be listed to `notes`.

    Files and folders that cannot be read, and broken links, are left out.

    `folders` and `files` are those that were looked at. Links that lead out of the data folder are
    `outside`: whether they do may change without a change of any of these.
    """

    data_dir: Path
    notes: Notes
    folders: list[Path] = field(factory=list, init=False)
    files: list[Path] = field(factory=list, init=False)
    outside: list[Path] = field(factory=list, init=False)

    def folder(self, folder: Path, *, recursive: bool = True) -> tuple[CourseFile, ...]:
        """Return the files below a folder, sorted by the parts of their paths."""
        inside = (PurePosixPath(), "" if folder == self.data_dir else self.course_path(folder))
        found = self._files(folder, inside, recursive, (self._real(folder),))
        return tuple(sorted(found, key=lambda file: file.topic_path.parts))

    def file(self, path: Path, topic_path: PurePosixPath) -> CourseFile | None:
        """Return a single file; None, with a note, if it cannot be part of the course."""
        self.files.append(path)
        if not self._is_usable(path, path.is_symlink()):
            return None
        return CourseFile(path, topic_path, self.course_path(path))

    def course_path(self, path: Path) -> str:
        return path.relative_to(self.data_dir).as_posix()

    def place(self, path: Path) -> Place:
        return Place(self.course_path(path))

    def children(self, folder: Path) -> list[os.DirEntry[str]]:
        """Return the entries of a folder by name; an unreadable folder is a problem."""
        self.folders.append(folder)
        try:
            with os.scandir(folder) as scanned:
                entries = sorted(scanned, key=lambda entry: entry.name)
        except OSError as error:
            reason = error.strerror or str(error)
            self.notes.leave_out(
                f"the folder cannot be read: {reason}", self.place(folder), hint=_READABLE
            )
            return []
        bad = [entry.name for entry in entries if not is_utf8(entry.name)]
        if not bad:
            return entries
        names = listing([printable(name) for name in bad], 5)
        self.notes.leave_out(
            f"names that are not UTF-8 are left out: {names}",
            self.place(folder),
            hint="rename these files and folders; `convmv` does so for many at once",
        )
        return [entry for entry in entries if is_utf8(entry.name)]

    def is_inside(self, path: Path) -> bool:
        """Whether a path is inside the data folder with links resolved; warns if it is not."""
        return self._stays_inside(path, self._real(path))

    def may_follow(self, entry: os.DirEntry[str], path: Path) -> bool:
        """Whether an entry is not a link, or one that stays inside the data folder."""
        return not entry.is_symlink() or self.is_inside(path)

    def _files(
        self, folder: Path, inside: tuple[PurePosixPath, str], recursive: bool, above: _Above
    ) -> Iterator[CourseFile]:
        # The folder's paths in the topic and in the course are passed down, since computing them
        # for each file would take most of the time.
        topic_folder, course_folder = inside
        for entry in self.children(folder):
            path, topic_path = folder / entry.name, topic_folder / entry.name
            course_path = posixpath.join(course_folder, entry.name)
            if leads_to_folder(entry):
                if recursive and not is_skipped_folder(entry.name):
                    inside = (topic_path, course_path)
                    yield from self._subfolder(path, inside, entry.is_symlink(), above)
            elif is_conflict_copy(entry.name):
                hint = "merge it into the original, or rename it"
                self.notes.warning("conflict copy; skipped", self.place(path), hint=hint)
            elif not is_skipped_file(entry.name) and self._is_usable_entry(entry, path):
                self.files.append(path)
                yield CourseFile(path, topic_path, course_path)

    def _subfolder(
        self, path: Path, inside: tuple[PurePosixPath, str], is_link: bool, above: _Above
    ) -> Iterator[CourseFile]:
        # Only links lead elsewhere; the real path of other folders needs no system call.
        real = self._real(path) if is_link else above[-1] / path.name
        if is_link and not self._stays_inside(path, real):
            return
        if real in above:
            self.notes.warning("the link leads to a folder that contains it", self.place(path))
            return
        yield from self._files(path, inside, True, (*above, real))

    def _is_usable_entry(self, entry: os.DirEntry[str], path: Path) -> bool:
        # Usually the entry itself tells, without a system call.
        is_plain = not entry.is_symlink() and entry.is_file()
        return (is_plain and os.access(path, os.R_OK)) or self._is_usable(path, entry.is_symlink())

    def _is_usable(self, path: Path, is_link: bool) -> bool:
        if is_link and not self._stays_inside(path, self._real(path)):
            return False
        try:
            mode = path.stat().st_mode
        except OSError as error:
            what = "broken link" if is_link else "the file cannot be read"
            hint = "remove it, or give it a target that exists" if is_link else _READABLE
            self.notes.leave_out(f"{what}: {error.strerror or error}", self.place(path), hint=hint)
            return False
        if not stat.S_ISREG(mode):
            self.notes.warning("not a regular file; skipped", self.place(path))
            return False
        if not os.access(path, os.R_OK):
            self.notes.leave_out("the file cannot be read", self.place(path), hint=_READABLE)
            return False
        return True

    def _stays_inside(self, path: Path, real: Path) -> bool:
        if real.is_relative_to(self._real(self.data_dir)):
            return True
        self.outside.append(path)
        self.notes.warning(
            "the link leads out of the course's data folder; skipped",
            self.place(path),
            excerpt=str(real),
            hint="copy its target into the course",
        )
        return False

    def _real(self, path: Path) -> Path:
        return Path(os.path.realpath(path))


def leads_to_folder(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a folder or a link to one, but not a link to itself."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def is_folder(path: Path) -> bool:
    """Whether the folder exists; false for names that no file system can store."""
    try:
        return path.is_dir()
    except OSError:
        return False


def is_file(path: Path) -> bool:
    """Whether the file exists; false for names that no file system can store."""
    try:
        return path.is_file()
    except OSError:
        return False


def path_exists(path: Path) -> bool:
    """Whether the path exists; true for broken links."""
    try:
        path.lstat()
    except OSError:
        return False
    return True


def is_skipped_folder(name: str) -> bool:
    return name in SKIPPED_FOLDERS or _SKIPPED_FOLDER.match(name) is not None


def is_skipped_file(name: str) -> bool:
    return _SKIPPED_FILE.match(name) is not None


def is_conflict_copy(name: str) -> bool:
    """Whether the name is that of a copy which a synchronisation or merge conflict has left."""
    return _CONFLICT_COPY.match(name) is not None
