"""Execution time of only the cells of a built course, a lower bound for any build."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

import nbformat
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

_EXECUTED = ("Completed", "Speaker")
_CELL_SECONDS = 600


def executed_notebooks(output: Path) -> list[Path]:
    """One notebook per sequence of code cells that a build of the course has to run."""
    found: dict[tuple[str, ...], Path] = {}
    for notebook in sorted(output.rglob("*.ipynb")):
        if any(kind in notebook.parts for kind in _EXECUTED):
            found.setdefault((notebook.stem.split()[0], *code_of(notebook)), notebook)
    return list(found.values())


def code_of(notebook: Path) -> tuple[str, ...]:
    """The code cells of a notebook."""
    cells = nbformat.read(notebook, as_version=4).cells
    return tuple(cell.source for cell in cells if cell.cell_type == "code")


def pure_seconds(notebooks: Iterable[Path]) -> float:
    """The seconds that all cells take one after the other, by the kernels' own clocks.

    The start of kernels and messages do not count, nor do imports of packages, which each kernel
    runs first.
    """
    return sum(_seconds_of(code_of(notebook), notebook.parent) for notebook in notebooks)


def _seconds_of(cells: Sequence[str], folder: Path) -> float:
    manager, client = start_new_kernel(cwd=str(folder), stderr=subprocess.DEVNULL)
    try:
        _run(client, _imports(cells))
        return sum(_run(client, cell) for cell in cells if cell.strip())
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def _run(client: BlockingKernelClient, code: str) -> float:
    """Run code; returns the seconds from the kernel's `busy` to its `idle`."""
    request = client.execute(code, allow_stdin=False, stop_on_error=False)
    dates: list[datetime] = []
    while len(dates) < 2:
        message = client.get_iopub_msg(timeout=_CELL_SECONDS)
        if message["parent_header"].get("msg_id") == request and message["msg_type"] == "status":
            dates.append(message["header"]["date"])
    return (dates[1] - dates[0]).total_seconds()


def _imports(cells: Iterable[str]) -> str:
    lines = []
    for cell in cells:
        try:
            statements = ast.parse(cell).body
        except SyntaxError:  # magics
            continue
        imports = (s for s in statements if isinstance(s, (ast.Import, ast.ImportFrom)))
        lines += [f"try: {ast.unparse(s)}\nexcept ImportError: pass" for s in imports]
    return "\n".join(lines)
