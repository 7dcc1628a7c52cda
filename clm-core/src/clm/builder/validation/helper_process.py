"""The process of a helper: it checks a part of a course, and writes what it finds to its output."""

from __future__ import annotations

import json
import os
import sys
from functools import partial
from pathlib import Path
from typing import IO

from clm.builder.validation.course import check_part
from clm.builder.validation.helpers import part_of
from clm.plugins import PluginRegistry
from clm.plugins.code_identity import code_identity
from clm.workers.worker.lifeline import take_stdin, watch


def main(task: str) -> None:
    """Checks the part of the course that the task names; ends when nobody reads what it finds."""
    out = _taken_output()
    end = partial(os._exit, 1)
    watch(take_stdin(), on_stop=end, on_lost=end)
    spec_path, data_dir, code, part, parts = json.loads(task)
    plugins = PluginRegistry.load()
    if code_identity(plugins) != code:
        return  # what it found would have other keys
    wanted = Path(data_dir) if data_dir is not None else None

    def is_own(number: int, total: int) -> bool:
        return part_of(number, total, int(parts)) == int(part)

    for found in check_part(Path(spec_path), plugins, wanted, is_own):
        out.write(f"{json.dumps(found)}\n")
        out.flush()


def _taken_output() -> IO[str]:
    """The standard output; what plugins write to it goes to the standard error from now on."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return out


if __name__ == "__main__":
    main(sys.argv[1])
