"""Size of the files that all pages of a site load once, as they are sent."""

from __future__ import annotations

import gzip

import pytest

from clm_plugin_site.planning import SCRIPT, STYLE
from clm_plugin_site.static_files import shared_path, static_text


@pytest.mark.parametrize("name", [STYLE, SCRIPT])
def test_shared_file_is_small(name: str) -> None:
    assert len(gzip.compress(static_text(name).encode())) < 8_000


def test_shared_file_named_by_content(monkeypatch: pytest.MonkeyPatch) -> None:
    known = shared_path(STYLE)
    shared_path.cache_clear()
    monkeypatch.setattr("clm_plugin_site.static_files.static_text", lambda name: "other")
    try:
        assert shared_path(STYLE) != known
    finally:
        shared_path.cache_clear()
