"""Store on an HTTP server with GET and PUT, such as nginx with DAV or a cache for Bazel."""

from __future__ import annotations

import base64
import http.client
import os
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import urlsplit

from clm.errors import StoreError, UsageError
from clm.stores.refusals import refusal
from clm.stores.store import ResultStore

REQUEST_SECONDS = 4.0
_BYTES_PER_SECOND = 1_000_000  # large bodies may take longer
_CHUNK = 1 << 18
_STORED = (200, 201, 202, 204)
_MISSING = (404, 410)


class HttpStore(ResultStore):
    """Sends requests over one connection for each thread; follows no redirects."""

    def __init__(self, url: str, headers: Mapping[str, str], *, seconds: float) -> None:
        parts = urlsplit(url)
        self._secure = parts.scheme.lower() == "https"
        self._host, self._port = parts.hostname or "", parts.port
        self._path = parts.path.rstrip("/")
        self._headers = dict(headers)
        self._seconds = seconds
        self._context = ssl.create_default_context() if self._secure else None
        self._own = threading.local()
        self._open: set[http.client.HTTPConnection] = set()
        self._lock = threading.Lock()
        self._closed = False

    def get(self, path: str, limit: int) -> bytes | None:
        status, data = self._request("GET", path, None, limit)
        if status in _MISSING:
            return None
        if status != 200 or data is None:
            raise refusal(self._host, status)
        return data

    def put(self, path: str, data: bytes) -> None:
        status, _ = self._request("PUT", path, data, 0)
        if status not in _STORED:
            raise refusal(self._host, status)

    def close(self) -> None:
        with self._lock:
            connections, self._open = self._open, set()
            self._closed = True
        for connection in connections:
            _abort(connection)
            connection.close()

    def _request(
        self, method: str, path: str, body: bytes | None, limit: int
    ) -> tuple[int, bytes | None]:
        connection = None
        try:
            connection, used = self._connection()
            try:
                return self._exchange(connection, method, path, body, limit)
            except (ConnectionError, http.client.RemoteDisconnected, ssl.SSLEOFError):
                # The server may have closed an idle connection: that says nothing about it.
                self._drop(connection)
                if not used:
                    raise
                connection, _ = self._connection()
                return self._exchange(connection, method, path, body, limit)
        except (OSError, http.client.HTTPException) as error:
            self._drop(connection)
            raise StoreError(f"{self._host}: {_reason(error)}") from error
        except BaseException:
            self._drop(connection)
            raise

    def _exchange(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        path: str,
        body: bytes | None,
        limit: int,
    ) -> tuple[int, bytes | None]:
        deadline = time.monotonic() + self._seconds + len(body or b"") / _BYTES_PER_SECOND
        connection.request(method, f"{self._path}/{path}", body=body, headers=self._headers)
        response = connection.getresponse()
        wanted = method == "GET" and response.status == 200
        data = self._read(response, deadline, limit if wanted else _CHUNK, path)
        return response.status, data if wanted else None

    def _read(
        self, response: http.client.HTTPResponse, deadline: float, limit: int, path: str
    ) -> bytes:
        length = response.length or 0
        if length > limit:
            raise StoreError(f"{self._host}: {path} has more than {limit} bytes")
        deadline += length / _BYTES_PER_SECOND
        chunks, size = [], 0
        while size <= limit and (chunk := response.read1(_CHUNK)):
            chunks.append(chunk)
            size += len(chunk)
            if time.monotonic() > deadline:
                raise TimeoutError
        if size > limit:
            raise StoreError(f"{self._host}: {path} has more than {limit} bytes")
        if size < length:  # `read1` does not notice it
            raise http.client.IncompleteRead(b"", length - size)
        response.close()  # `read1` leaves it open at the end of a body of known length
        return b"".join(chunks)

    def _connection(self) -> tuple[http.client.HTTPConnection, bool]:
        """The connection of this thread, and whether it was used before."""
        connection: http.client.HTTPConnection | None = getattr(self._own, "connection", None)
        if self._closed:
            raise ConnectionAbortedError
        if connection is not None:
            return connection, True
        if self._context is not None:
            connection = http.client.HTTPSConnection(
                self._host, self._port, timeout=self._seconds, context=self._context
            )
        else:
            connection = http.client.HTTPConnection(self._host, self._port, timeout=self._seconds)
        self._own.connection = connection
        with self._lock:
            self._open.add(connection)
        return connection, False

    def _drop(self, connection: http.client.HTTPConnection | None) -> None:
        if connection is None:
            return
        self._own.connection = None
        with self._lock:
            self._open.discard(connection)
        connection.close()


def open_http(url: str) -> HttpStore:
    """The store at a URL, with the credentials from the environment.

    Raises:
        UsageError: the URL names no host, or the credentials are no text for a header.
    """
    if not urlsplit(url).hostname:
        raise UsageError(f"{url} names no host", hint="for example http://cache.example.org/clm")
    return HttpStore(url, _credentials(os.environ), seconds=REQUEST_SECONDS)


def _credentials(environ: Mapping[str, str]) -> dict[str, str]:
    token = environ.get("CLM_SHARED_CACHE_TOKEN", "")
    user = environ.get("CLM_SHARED_CACHE_USER", "")
    if token:
        if not token.isascii() or not token.isprintable():
            raise UsageError("CLM_SHARED_CACHE_TOKEN is no text for a header")
        return {"Authorization": f"Bearer {token}"}
    if ":" in user:
        raise UsageError("CLM_SHARED_CACHE_USER has a colon, which basic authentication forbids")
    if user:
        text = f"{user}:{environ.get('CLM_SHARED_CACHE_PASSWORD', '')}"
        return {"Authorization": f"Basic {base64.b64encode(text.encode()).decode()}"}
    return {}


def _abort(connection: http.client.HTTPConnection) -> None:
    sock = connection.sock
    if sock is not None:
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)  # wakes the thread that waits for it


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, http.client.IncompleteRead):
        return "the answer ended too early"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__  # the text may contain what the server sent
