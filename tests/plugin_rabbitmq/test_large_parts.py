"""Parts of jobs that are too large for messages."""

from __future__ import annotations

import pytest

from clm.errors import ClmError, StoreError
from clm.jobs.key import digest_bytes
from clm.plugins import PluginRegistry
from clm.stores.api import SharedContents
from clm_plugin_rabbitmq.large_parts import get_large, put_large, split
from clm_plugin_rabbitmq.messages import LARGEST_BODY


@pytest.fixture
def shared(monkeypatch: pytest.MonkeyPatch) -> SharedContents:
    monkeypatch.delenv("CLM_SHARED_CACHE", raising=False)
    return SharedContents(PluginRegistry.load({}, []))


def test_largest_parts_moved() -> None:
    parts = {"a": bytes(10), "b": bytes(LARGEST_BODY - 5), "c": bytes(LARGEST_BODY)}
    kept, moved = split(parts)
    assert (set(kept), set(moved)) == ({"a"}, {"b", "c"})


def test_fitting_parts_kept() -> None:
    parts = {"a": bytes(10), "b": bytes(LARGEST_BODY - 10)}
    assert split(parts) == (parts, {})


def test_size_and_variable_named(shared: SharedContents) -> None:
    data = bytes(9 * 2**20)
    with pytest.raises(ClmError, match=r"its outputs have 9\.0 MB.*CLM_SHARED_CACHE"):
        put_large({"a": data}, {"a": digest_bytes(data)}, shared, "its outputs")


def test_missing_content_is_error_of_store(shared: SharedContents, tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("CLM_SHARED_CACHE", str(tmp_path))
    shared = SharedContents(PluginRegistry.load())
    with pytest.raises(StoreError, match="its inputs are in the shared cache"):
        get_large({"a": 3}, {"a": digest_bytes(b"abc")}, shared, "its inputs")
