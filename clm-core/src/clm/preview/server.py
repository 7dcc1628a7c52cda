"""Server of a preview: its port, and limits for connections."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from typing import Any

from clm.errors import UsageError
from clm.preview.answers import Handler, Preview

DEFAULT_PORT = 8765
_TRIED_PORTS = 20
_MOST_CONNECTIONS = 256
_MOST_STREAMS = 128
_POLL_SECONDS = 0.1  # for late requests, and for the end
_REQUEST_SECONDS = 20.0  # for a request to arrive, and for a silent connection


@contextmanager
def serving(preview: Preview, host: str, port: int | None) -> Iterator[int]:
    """Serve in threads while the context lasts; yields the port.

    Without a port the default is used, or the next one that is free.

    Raises:
        UsageError: no port can be used.
    """
    server = _listening(preview, host, port)
    thread = threading.Thread(
        target=server.serve_forever, args=(_POLL_SECONDS,), name="preview", daemon=True
    )
    thread.start()
    try:
        yield server.server_port
    finally:
        preview.live.close()
        server.shutdown()
        server.server_close()


class Server(ThreadingHTTPServer):
    """Answers each connection in a thread; `streams` are those of events that may still begin."""

    daemon_threads = True
    # Open streams of events must not keep the program from ending.
    block_on_close = False
    # On Windows this would share the port with another program.
    allow_reuse_address = os.name != "nt"
    request_queue_size = 64

    def __init__(self, family: int, address: tuple[str, int], preview: Preview) -> None:
        self.address_family = family
        self.preview = preview
        self.streams = threading.BoundedSemaphore(_MOST_STREAMS)
        self._waiting: dict[Any, float] = {}  # connections with a request to come, by their end
        self._connections = 0
        self._lock = threading.Lock()
        super().__init__(address, Handler)

    def server_bind(self) -> None:
        # That of HTTPServer asks for the name of the machine, which may take seconds.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, self.allow_reuse_address)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def verify_request(self, request: Any, client_address: Any) -> bool:
        with self._lock:
            self._connections += 1
            return self._connections <= _MOST_CONNECTIONS

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._connections -= 1
        self.awaits(request, False)
        super().shutdown_request(request)

    def awaits(self, connection: Any, begins: bool) -> None:
        """Note that a request of the connection must arrive in time, or has arrived."""
        with self._lock:
            if begins:
                self._waiting[connection] = time.monotonic() + _REQUEST_SECONDS
            else:
                self._waiting.pop(connection, None)

    def service_actions(self) -> None:
        """End connections whose requests are late, however slowly these trickle in."""
        now = time.monotonic()
        with self._lock:
            late = [connection for connection, end in self._waiting.items() if end < now]
        for connection in late:
            self.awaits(connection, False)
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # it has just ended

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that closes its connection is no error."""


def _listening(preview: Preview, host: str, port: int | None) -> Server:
    ports = range(DEFAULT_PORT, DEFAULT_PORT + _TRIED_PORTS) if port is None else (port,)
    reason = ""
    for number in ports:
        try:
            family = socket.getaddrinfo(host, number, type=socket.SOCK_STREAM)[0][0]
            return Server(family, (host, number), preview)
        except OSError as error:
            reason = error.strerror or str(error)
    what = f"port {port}" if port is not None else f"any port from {ports[0]} to {ports[-1]}"
    raise UsageError(f"cannot listen on {what} of {host}: {reason}", hint="choose another --port")
