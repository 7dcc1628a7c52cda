"""Processes that check parts of a course while this one checks the first part."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import define, field

from clm.builder.options import usable_cores

# The start of a helper, which plans the course itself, costs as much as the checks of so many.
LEAST_TOPICS = 200
_MOST = 3  # each needs as much memory as this process
_SECONDS = 5.0  # until a helper that was ended is killed
_SILENCE = 120.0  # seconds without a finding after which a helper hangs, or is stopped


@define(eq=False, repr=False)
class _Helper:
    process: subprocess.Popen[str]
    reader: threading.Thread = field(init=False)
    found: dict[int, tuple[str, Any]] = field(factory=dict, init=False)
    ended: bool = field(default=False, init=False)


@define(eq=False, repr=False)
class CheckHelpers:
    """Processes that check the sources of a course, each a part of them, in their order.

    What they find is the same as here, since its keys cover all that it depends on. A helper that
    fails or finds another course is of no use, and does no harm: then this process checks.
    """

    _helpers: list[_Helper] = field(factory=list, init=False)
    _changed: threading.Condition = field(factory=threading.Condition, init=False)

    def start(self, spec_path: Path, data_dir: Path | None, code: str) -> None:
        """Starts a process for each further core; `code` is the identity of all code."""
        parts = min(usable_cores(), _MOST + 1)
        for part in range(1, parts):
            folder = str(data_dir) if data_dir is not None else None
            task = json.dumps([str(spec_path.absolute()), folder, code, part, parts])
            command = [sys.executable, "-P", "-m", "clm.builder.validation.helper_process", task]
            try:
                process = subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,  # its end tells the helper that this process is gone
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    encoding="utf-8",
                )
            except OSError:
                return  # the machine refuses more processes
            helper = _Helper(process)
            helper.reader = threading.Thread(target=self._read, args=[helper], daemon=True)
            helper.reader.start()
            self._helpers.append(helper)

    def result(self, number: int, total: int) -> tuple[str, Any] | None:
        """The key and the findings, as data, of a check; None if this process is to check.

        Waits for the helper that has this check in its part, while any helper finds something.
        """
        part = part_of(number, total, len(self._helpers) + 1)
        if part == 0:
            return None
        helper = self._helpers[part - 1]
        with self._changed:
            while not (number in helper.found or helper.ended):
                if not self._changed.wait(_SILENCE):  # for news of any helper
                    helper.ended = True
                    helper.process.kill()
        return helper.found.get(number)

    def end(self) -> None:
        """Ends the processes."""
        for helper in self._helpers:
            helper.process.terminate()
        for helper in self._helpers:
            try:
                helper.process.wait(_SECONDS)
            except subprocess.TimeoutExpired:
                helper.process.kill()
                helper.process.wait()
            helper.reader.join()
            for stream in (helper.process.stdin, helper.process.stdout):
                assert stream is not None
                stream.close()
        self._helpers.clear()

    def _read(self, helper: _Helper) -> None:
        assert helper.process.stdout is not None
        try:
            for line in helper.process.stdout:
                number, key, found = json.loads(line)
                with self._changed:
                    helper.found[int(number)] = str(key), found
                    self._changed.notify_all()
        except (OSError, TypeError, ValueError):
            pass  # it is of no more use
        with self._changed:
            helper.ended = True
            self._changed.notify_all()


def part_of(number: int, total: int, parts: int) -> int:
    """The part to which a check belongs, of as many that are about equal and follow each other."""
    return number * parts // total


@contextmanager
def check_helpers() -> Iterator[CheckHelpers]:
    """Helpers, none of which is started yet; they are ended afterwards."""
    helpers = CheckHelpers()
    try:
        yield helpers
    finally:
        helpers.end()
