"""Disks of a given size, mounted at folders; they need root and tmpfs."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from attrs import define, field


@define
class SmallDisks:
    """The disks of a test; `missing` is why one could not be mounted."""

    missing: str = ""
    _mounted: list[Path] = field(factory=list)

    def mount(self, folder: Path, size: str) -> None:
        """Mounts a disk of that size at a folder, or resizes the mounted one."""
        if folder in self._mounted:
            return _mount("-o", f"remount,size={size}", "tmpfs", str(folder))
        folder.mkdir(parents=True, exist_ok=True)
        try:
            _mount("-o", f"size={size}", "tmpfs", str(folder))
        except OSError as error:
            self.missing = f"cannot mount a small disk (needs root and tmpfs): {error}"
        else:
            self._mounted.append(folder)

    def fill(self, folder: Path) -> None:
        """Makes the disk as small as what is on it."""
        for spare in range(50):
            sizes = os.statvfs(folder)
            used = max(1, sizes.f_blocks - sizes.f_bfree + spare)  # 0 is no limit
            try:
                return self.mount(folder, str(used * sizes.f_frsize))
            except OSError:
                continue  # more was written meanwhile
        raise AssertionError(f"{folder} grows too fast to be filled")

    def unmount(self) -> None:
        for folder in self._mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _mount(*arguments: str) -> None:
    command = ["mount", "-t", "tmpfs", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(done.stderr)
