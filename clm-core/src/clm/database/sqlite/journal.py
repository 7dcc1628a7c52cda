"""Journal modes of databases."""

from __future__ import annotations

import sqlite3
from pathlib import Path

_LOCAL_FILE_SYSTEMS = frozenset({"ext4", "xfs", "btrfs", "tmpfs", "apfs", "ntfs"})
_BACKPORTS = {(3, 50): 7, (3, 44): 6}
_FIXED_SINCE = (3, 51, 3)


def journal_mode(
    folder: Path,
    *,
    sqlite_version: tuple[int, int, int] = sqlite3.sqlite_version_info,
    file_system: str | None = None,
) -> str:
    """The journal mode, `wal` or `delete`, for a new database in `folder`."""
    if not wal_is_sound(sqlite_version):
        return "delete"
    if file_system is None:
        file_system = _file_system_of(folder)
    return "wal" if file_system.lower() in _LOCAL_FILE_SYSTEMS else "delete"


def wal_is_sound(version: tuple[int, int, int]) -> bool:
    """Whether this version of SQLite has the fix for the bug in resetting write-ahead logs."""
    backport = _BACKPORTS.get(version[:2])
    return version >= _FIXED_SINCE or (backport is not None and version[2] >= backport)


def _file_system_of(folder: Path) -> str:
    import psutil  # only where a database is created

    folder = folder.resolve()
    mounts = {Path(p.mountpoint): p.fstype for p in psutil.disk_partitions(all=True)}
    return next((mounts[f] for f in (folder, *folder.parents) if f in mounts), "")
