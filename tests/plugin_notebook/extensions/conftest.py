"""Results of hooks, as from installed plugins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clm import HookResult
from clm.testing.installing import put_on_path, write_metadata


def result(what: str, *values: Any, plugin: str = "extra", version: str = "1.0") -> HookResult:
    label = f"plugin {plugin!r} of clm-{plugin} {version}"
    distribution = f"clm-{plugin}"
    return HookResult(
        f"clm_notebook_{what}", list(values), plugin, label, distribution, version, lambda _: ""
    )


@pytest.fixture
def make_result() -> Callable[..., HookResult]:
    return result


@pytest.fixture
def install_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], str]:
    """Installs a plugin with the given code; returns the name of its module."""

    def install(plugin: str, code: str) -> str:
        module = f"code_{plugin}_{tmp_path.name}".replace("-", "_")
        (tmp_path / f"{module}.py").write_text(code, encoding="utf-8")
        write_metadata(tmp_path, f"clm-{plugin}", "1.0", {plugin: module})
        put_on_path(monkeypatch, tmp_path)
        return module

    return install
