"""Which journal mode a database may have.

SQLite's write-ahead log has a bug that can lose a reset of the log (versions 3.7.0 to 3.51.2,
fixed in 3.51.3 and, as backports, in 3.50.7 and 3.44.6: https://sqlite.org/wal.html), and it
corrupts databases on file systems that do not share memory between their users. So it is used by
allow-list only; everything else gets the rollback journal (`DELETE`).
"""

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
    """`wal` or `delete`, for a database that is created in `folder`."""
    if not wal_is_sound(sqlite_version):
        return "delete"
    if file_system is None:
        file_system = _file_system_of(folder)
    return "wal" if file_system.lower() in _LOCAL_FILE_SYSTEMS else "delete"


def wal_is_sound(version: tuple[int, int, int]) -> bool:
    """Whether this version of SQLite has the fix of the reset bug."""
    backport = _BACKPORTS.get(version[:2])
    return version >= _FIXED_SINCE or (backport is not None and version[2] >= backport)


def _file_system_of(folder: Path) -> str:
    import psutil  # only where a database is created

    folder = folder.resolve()
    mounts = {Path(p.mountpoint): p.fstype for p in psutil.disk_partitions(all=True)}
    return next((mounts[f] for f in (folder, *folder.parents) if f in mounts), "")
