"""Store on a server of S3 that works, and on ones that do not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from result_server import Handler, ResultServer, serving

from clm.errors import StoreError, UsageError
from clm.stores import s3
from clm.stores.s3 import S3ResultStore, open_s3


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ResultServer]:
    with serving(ResultServer()) as state:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        monkeypatch.setenv("AWS_REGION", "us-east-1")
        monkeypatch.setenv("AWS_ENDPOINT_URL", state.url.removesuffix("/results"))
        monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
        yield state


@pytest.fixture
def store(server: ResultServer) -> S3ResultStore:
    return open_s3("s3://bucket/prefix")


def error_of(call: Callable[[], object]) -> StoreError:
    with pytest.raises(StoreError) as caught:
        call()
    return caught.value


def test_entry_read_as_written(store: S3ResultStore, server: ResultServer) -> None:
    store.put("ac/1", b"data")
    assert server.contents == {"/bucket/prefix/ac/1": b"data"}
    assert store.get("ac/1", 4) == b"data"


def test_absent_entry_is_none(store: S3ResultStore) -> None:
    assert store.get("ac/1", 4) is None


def test_larger_entry_refused(store: S3ResultStore) -> None:
    store.put("ac/1", b"data")
    assert "more than 3 bytes" in error_of(lambda: store.get("ac/1", 3)).message


@pytest.mark.parametrize("status", [401, 403, 413, 500, 503, 507])
def test_refusal_is_an_answer(store: S3ResultStore, server: ResultServer, status: int) -> None:
    server.on_put = lambda handler: handler.answer(status, b"secret text")
    error = error_of(lambda: store.put("ac/1", b"data"))
    assert error.answered and f"bucket answers {status}" in error.message
    assert "secret" not in error.message


def hang(handler: Handler) -> None:
    handler.state.ended.wait(60)
    handler.close_connection = True


def drip(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    while not handler.state.ended.wait(0.05):
        handler.wfile.write(b".")


def truncate(handler: Handler) -> None:
    handler.answer(200, b"{", length=100)
    handler.close_connection = True


@pytest.mark.parametrize("answer", [hang, drip, truncate])
def test_bad_answer_is_no_answer(
    server: ResultServer, monkeypatch: pytest.MonkeyPatch, answer: Callable[[Handler], None]
) -> None:
    monkeypatch.setattr(s3, "_SECONDS", timedelta(seconds=1))
    monkeypatch.setattr(s3, "_CONNECT_SECONDS", timedelta(seconds=0.3))
    server.on_get = answer
    assert not error_of(lambda: open_s3("s3://bucket").get("ac/1", 1000)).answered


def test_absent_server_is_no_answer(store: S3ResultStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert not error_of(lambda: open_s3("s3://bucket").get("ac/1", 4)).answered


def test_absent_bucket_refused() -> None:
    with pytest.raises(UsageError, match="names no bucket"):
        open_s3("s3:///prefix")
