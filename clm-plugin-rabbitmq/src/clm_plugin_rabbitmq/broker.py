"""The broker's address and credentials, and connections to it."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import ssl
from collections.abc import Iterator, MutableMapping

import aio_pika
from aio_pika.abc import AbstractConnection
from aio_pika.exceptions import AuthenticationError, ProbableAuthenticationError
from attrs import frozen
from yarl import URL

from clm import ClmError
from clm.backends.remote import UsageError

ADDRESS_VARIABLE = "CLM_BROKER"
USER_VARIABLE = "CLM_BROKER_USER"
PASSWORD_VARIABLE = "CLM_BROKER_PASSWORD"
_SECRET = (ADDRESS_VARIABLE, "CLM_SHARED_CACHE")  # and all that begins so

LOST = (aio_pika.exceptions.AMQPError, OSError, RuntimeError, asyncio.TimeoutError)
"""What operations raise when the connection or channel is lost."""

_CONNECT_SECONDS = 10.0
_HEARTBEAT_SECONDS = 15
_PORTS = {"amqp": 5672, "amqps": 5671}
_EXAMPLE = "for example amqp://host or amqps://host:5671/courses?cafile=/etc/clm/ca.pem"

# They log tracebacks of what is handled here.
for _name in ("aio_pika", "aiormq"):
    logging.getLogger(_name).setLevel(logging.CRITICAL + 1)


class BrokerError(ClmError):
    """The broker cannot be reached or used."""


@frozen(repr=False)
class Broker:
    """The address of a broker, with credentials that no message shows."""

    url: URL

    @classmethod
    def of(cls, address: str | None, environ: MutableMapping[str, str] | None = None) -> Broker:
        """The broker at `address`, by default the one that the environment names.

        User and password are those of the address, else those of the environment.

        Raises:
            UsageError: there is no address, or it is not one of a broker.
        """
        environ = os.environ if environ is None else environ
        text = address or environ.get(ADDRESS_VARIABLE)
        if not text:
            raise UsageError(
                "no broker is given",
                hint=f"add `--broker URL` or set {ADDRESS_VARIABLE}, {_EXAMPLE}",
            )
        return cls(_with_credentials(_parsed(text), environ))

    @property
    def place(self) -> str:
        """Host, port and virtual host, for messages."""
        host = self.url.host or ""
        where = f"[{host}]" if ":" in host else host
        path = self.url.path if self.url.path not in ("", "/") else ""
        return f"{where}:{self.url.port or _PORTS[self.url.scheme]}{path}"

    async def connect(self, name: str) -> AbstractConnection:
        """A new connection; `name` is what the broker's tools show for it.

        Raises:
            BrokerError: the broker is not there, or refuses.
        """
        try:
            return await aio_pika.connect(
                self.url,
                timeout=_CONNECT_SECONDS,
                client_properties={"connection_name": f"clm {name} {socket.gethostname()}"},
            )
        except Exception as error:  # of many kinds, some of which hold the address
            raise self._failure(error) from None

    def _failure(self, error: Exception) -> BrokerError:
        if isinstance(error, AuthenticationError | ProbableAuthenticationError):
            return BrokerError(
                f"the broker at {self.place} refuses the user or the password",
                hint=f"give both in {ADDRESS_VARIABLE}, or in {USER_VARIABLE} and "
                f"{PASSWORD_VARIABLE}; the user `guest` may only connect from the broker's machine",
            )
        for cause in _causes(error):
            if isinstance(cause, ssl.SSLError):
                reason = getattr(cause, "verify_message", "") or cause.reason or "TLS fails"
                return BrokerError(
                    f"no secure connection to the broker at {self.place}: {reason}",
                    hint="name the certificate of its authority in the address: "
                    "amqps://host?cafile=/path/ca.pem",
                )
        if "Connection.Close" in str(error):  # right after the login
            return BrokerError(
                f"the broker at {self.place} has no such virtual host, or refuses access to it",
                hint="create it, and allow the user to configure, write and read there",
            )
        return BrokerError(
            f"no RabbitMQ broker answers at {self.place}: {_reason(error)}",
            hint="start one, for example with `docker run -p 5672:5672 rabbitmq:4` or "
            "`systemctl start rabbitmq-server`, or build without `--backend rabbitmq`",
        )


def take_secrets(environ: MutableMapping[str, str]) -> None:
    """Removes what gives access to the broker and the shared cache from an environment that
    converters inherit."""
    for name in [name for name in environ if name.startswith(_SECRET)]:
        del environ[name]


def _parsed(text: str) -> URL:
    try:
        url = URL(text)
        is_address = url.scheme in _PORTS and bool(url.host)
    except ValueError:
        is_address = False
    if not is_address:
        # The text itself may hold a password.
        raise UsageError("the address of the broker is not one of AMQP", hint=_EXAMPLE)
    if "heartbeat" not in url.query:
        url = url.update_query(heartbeat=str(_HEARTBEAT_SECONDS))
    return url


def _with_credentials(url: URL, environ: MutableMapping[str, str]) -> URL:
    if url.user is None and USER_VARIABLE in environ:
        url = url.with_user(environ[USER_VARIABLE])
    if url.user is not None and url.password is None and PASSWORD_VARIABLE in environ:
        url = url.with_password(environ[PASSWORD_VARIABLE])
    return url


def _causes(error: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = error
    seen: list[BaseException] = []
    while cause is not None and cause not in seen:  # those of aiormq may form a circle
        yield cause
        seen.append(cause)
        cause = cause.__cause__ or cause.__context__


def _reason(error: Exception) -> str:
    for cause in _causes(error):
        if isinstance(cause, asyncio.TimeoutError):
            return f"no answer within {_CONNECT_SECONDS:g} seconds"
        if isinstance(cause, OSError) and cause.errno:
            return os.strerror(cause.errno).lower()
    if isinstance(error, ConnectionError):
        return "it closes the connection at once"
    return type(error).__name__
