"""Credentials for a store on HTTP."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest
from result_server import Handler, ResultServer, serving

from clm.errors import StoreError, UsageError
from clm.stores.http import open_http

EXPECTED = "Basic " + base64.b64encode("me:sécret:x".encode()).decode()


@pytest.fixture
def guarded(monkeypatch: pytest.MonkeyPatch) -> Iterator[ResultServer]:
    """A server that wants basic authentication."""

    def check(handler: Handler) -> None:
        is_right = handler.headers["Authorization"] == EXPECTED
        handler.answer(200 if is_right else 401, b"data" if is_right else b"")

    monkeypatch.delenv("CLM_SHARED_CACHE_TOKEN", raising=False)
    monkeypatch.setenv("CLM_SHARED_CACHE_USER", "me")
    with serving(ResultServer(on_get=check, on_put=check)) as state:
        yield state


def test_right_password_accepted(guarded: ResultServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLM_SHARED_CACHE_PASSWORD", "sécret:x")
    store = open_http(guarded.url)
    store.put("ac/1", b"data")
    assert store.get("ac/1", 4) == b"data"
    store.close()


def test_wrong_password_named_not_shown(
    guarded: ResultServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLM_SHARED_CACHE_PASSWORD", "guess")
    store = open_http(guarded.url)
    with pytest.raises(StoreError, match="401: it refuses the credentials") as caught:
        store.get("ac/1", 4)
    assert "guess" not in str(caught.value) and caught.value.answered
    store.close()


def test_user_with_colon_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLM_SHARED_CACHE_USER", "me:you")
    with pytest.raises(UsageError, match="colon"):
        open_http("http://host/")
