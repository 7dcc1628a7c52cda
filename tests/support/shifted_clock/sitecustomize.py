"""Shifts the wall clock of a Python process by the seconds in the file `PYTHON_TEST_CLOCK_OFFSET`.

Python imports this module by itself where its folder is on the path. The time source is patched
at the border, `time.time` and `time.time_ns`; the monotonic clock goes on as before, as it does
when the system's clock is set.
"""

import os
import time

_OFFSET = os.environ["PYTHON_TEST_CLOCK_OFFSET"]
_time_ns = time.time_ns


def _shifted_ns() -> int:
    with open(_OFFSET, encoding="ascii") as file:  # noqa: PTH123 (as little as possible)
        return _time_ns() + int(file.read()) * 10**9


time.time_ns = _shifted_ns
time.time = lambda: _shifted_ns() / 1e9
