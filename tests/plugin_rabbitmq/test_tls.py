"""Encrypted connections to a real broker."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from rabbitmq_broker import RabbitmqBroker, free_port

from clm_plugin_rabbitmq.broker import Broker, BrokerError

pytestmark = [pytest.mark.integration, pytest.mark.slow]


def make_certificate(folder: Path, name: str) -> Path:
    """A certificate for localhost that signs itself; its key is beside it."""
    certificate = folder / f"{name}.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    command += ["-keyout", str(folder / f"{name}.key"), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    return certificate


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a broker with TLS, without its certificate, and the certificate."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, port = make_certificate(folder, "broker"), free_port()
    configuration = (
        f"listeners.ssl.default = {port}\n"
        f"ssl_options.cacertfile = {certificate}\n"
        f"ssl_options.certfile = {certificate}\n"
        f"ssl_options.keyfile = {certificate.with_suffix('.key')}\n"
    )
    broker = RabbitmqBroker(folder / "server", configuration)
    try:
        broker.start()
        yield f"amqps://guest:guest@localhost:{port}/", certificate
    finally:
        broker.close()


async def connect(url: str) -> None:
    await (await Broker.of(url, {}).connect("test")).close()


def test_named_certificate_accepted(encrypted: tuple[str, Path]) -> None:
    url, certificate = encrypted
    asyncio.run(connect(f"{url}?cafile={certificate}"))


def test_unknown_certificate_refused(encrypted: tuple[str, Path]) -> None:
    with pytest.raises(BrokerError, match=r"no secure connection.*self-signed"):
        asyncio.run(connect(encrypted[0]))


def test_other_certificate_refused(encrypted: tuple[str, Path], tmp_path: Path) -> None:
    other = make_certificate(tmp_path, "other")
    with pytest.raises(BrokerError, match="no secure connection"):
        asyncio.run(connect(f"{encrypted[0]}?cafile={other}"))
