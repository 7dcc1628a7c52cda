"""Addresses of brokers, and connections that fail."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest
from rabbitmq_broker import RabbitmqBroker, free_port

from clm.errors import UsageError
from clm_plugin_rabbitmq.broker import Broker, BrokerError, _causes, take_secrets


def failure(url: str) -> BrokerError:
    with pytest.raises(BrokerError) as caught:
        asyncio.run(Broker.of(url, {}).connect("test"))
    return caught.value


@pytest.mark.parametrize(
    "text", ["http://x", "amqp://", "amqp://u:secret@", "amqp://h:x", "broker"]
)
def test_other_address_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        Broker.of(text, {})
    assert "secret" not in str(caught.value)


def test_no_address_names_option_and_variable() -> None:
    with pytest.raises(UsageError, match=r"--broker URL.*CLM_BROKER"):
        Broker.of(None, {})


def test_address_read_from_environment() -> None:
    assert Broker.of(None, {"CLM_BROKER": "amqp://far"}).place == "far:5672"


def test_option_precedes_environment() -> None:
    assert Broker.of("amqps://near", {"CLM_BROKER": "amqp://far"}).place == "near:5671"


def test_credentials_read_from_environment() -> None:
    environ = {"CLM_BROKER_USER": "me", "CLM_BROKER_PASSWORD": "s/e:c@r"}
    url = Broker.of("amqp://far/courses", environ).url
    assert (url.user, url.password, url.path) == ("me", "s/e:c@r", "/courses")


def test_credentials_of_address_kept() -> None:
    environ = {"CLM_BROKER_USER": "me", "CLM_BROKER_PASSWORD": "secret"}
    url = Broker.of("amqp://you:other@far", environ).url
    assert (url.user, url.password) == ("you", "other")


def test_secrets_taken_from_environment() -> None:
    taken = ("CLM_BROKER", "CLM_BROKER_USER", "CLM_BROKER_PASSWORD", "CLM_SHARED_CACHE_TOKEN")
    environ = {**dict.fromkeys(taken, "secret"), "PATH": "d"}
    take_secrets(environ)
    assert environ == {"PATH": "d"}


def test_absent_broker_says_what_to_start() -> None:
    error = failure(f"amqp://me:secret@127.0.0.1:{free_port()}")
    assert "no RabbitMQ broker answers at 127.0.0.1" in error.message
    assert "start one" in (error.hint or "")
    assert "secret" not in str(error)


def test_closed_connection_is_failure() -> None:
    """A proxy accepts connections while its broker is restarted, and closes them at once."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        closing = threading.Thread(target=lambda: server.accept()[0].close())
        closing.start()
        error = failure(f"amqp://127.0.0.1:{server.getsockname()[1]}")
        closing.join()
    assert "no RabbitMQ broker answers" in error.message
    assert error.message.endswith(("closes the connection at once", "reset by peer"))


def test_circle_of_causes_ends() -> None:
    first, second = ConnectionError("first"), ConnectionError("second")
    first.__cause__, second.__cause__ = second, first
    assert list(_causes(first)) == [first, second]


@pytest.mark.integration
def test_wrong_password_refused(broker: RabbitmqBroker) -> None:
    error = failure(f"amqp://guest:secret@{broker.host}:{broker.port}")
    assert "refuses the user or the password" in error.message
    assert "secret" not in str(error)


@pytest.mark.integration
def test_absent_virtual_host_refused(broker: RabbitmqBroker) -> None:
    error = failure(f"amqp://guest:guest@{broker.host}:{broker.port}/nowhere")
    assert "virtual host" in error.message


@pytest.mark.integration
def test_plain_broker_refused_for_tls(broker: RabbitmqBroker) -> None:
    assert "no secure connection" in failure(f"amqps://{broker.host}:{broker.port}").message
