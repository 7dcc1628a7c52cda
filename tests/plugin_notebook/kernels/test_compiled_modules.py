"""Bytecode: written for the modules of a kernel itself, never for those of decks."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from clm_plugin_notebook.kernels.process import PYTHON_KERNELS, allow_bytecode

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux")


def test_bytecode_setting_inherited(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    environment = {"PYTHONDONTWRITEBYTECODE": "1", "LANG": "C"}
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    assert allow_bytecode(environment) == {"LANG": "C"}
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert allow_bytecode(environment) == environment


def test_fork_server_writes_bytecode(tmp_path: Path) -> None:
    own = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    subprocess.run(
        [sys.executable, str(PYTHON_KERNELS), "serve"],
        input=b"",
        env=own | {"PYTHONPYCACHEPREFIX": str(tmp_path)},
        check=True,
    )
    assert list(tmp_path.rglob("ipykernel/kernelapp.*.pyc"))


def test_kernel_writes_no_bytecode(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("value = 1\n")
    code = f"""
import sys
sys.path[:0] = [{str(PYTHON_KERNELS.parent)!r}, {str(tmp_path)!r}]
import ipykernel.kernelapp, python_kernels

class App:
    @staticmethod
    def launch_instance(argv):
        import beside

ipykernel.kernelapp.IPKernelApp = App
python_kernels.run({json.dumps(str(tmp_path / "kernel.json"))})
"""
    own = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    subprocess.run([sys.executable, "-c", code], env=own, check=True)
    assert not (tmp_path / "__pycache__").exists()
