"""The wall clock of Python processes that a test starts."""

from __future__ import annotations

import os
from pathlib import Path

from attrs import frozen

_SHIFTED = Path(__file__).parent / "shifted_clock"


@frozen
class ProcessClock:
    """A clock that its processes read from a file in `folder`."""

    folder: Path

    def environment(self) -> dict[str, str]:
        """The variables that give a process this clock."""
        rest = [path for path in [os.environ.get("PYTHONPATH")] if path]
        return {
            # A name that kernels get, too.
            "PYTHON_TEST_CLOCK_OFFSET": str(self._offset),
            "PYTHONPATH": os.pathsep.join([str(_SHIFTED), *rest]),
        }

    def set(self, seconds: int) -> None:
        """Shifts the clock from the true one by that time."""
        new = self.folder / "new-offset"
        new.write_text(str(seconds), encoding="ascii")
        new.replace(self._offset)

    @property
    def _offset(self) -> Path:
        return self.folder / "offset"
