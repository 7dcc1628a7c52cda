"""The program in a separate process."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CLM = (sys.executable, "-c", "from clm.cli.main import run; run()")


def run_clm(
    *arguments: object,
    cwd: Path | None = None,
    answer: str = "",
    seconds: float = 120,
    **environ: str,
) -> subprocess.CompletedProcess[str]:
    """Run `clm ARGUMENTS` with `answer` as its input and additional environment variables."""
    return subprocess.run(
        [*CLM, *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONUTF8": "1", **environ},
        input=answer,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=seconds,
        check=False,
    )
