"""Wakeup datagrams, including forged, lost and misaddressed ones."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import psutil
import pytest

from clm.workers.wakeup import WakeupReceiver, WakeupSender


@pytest.fixture
def receiver() -> Iterator[WakeupReceiver]:
    receiver = WakeupReceiver()
    yield receiver
    receiver.close()


@pytest.fixture
def sender() -> Iterator[WakeupSender]:
    sender = WakeupSender()
    yield sender
    sender.close()


def test_wakeup_wakes_receiver(receiver: WakeupReceiver, sender: WakeupSender) -> None:
    sender.send([receiver.address])

    assert receiver.wait(10)


def test_wait_times_out_without_wakeup(receiver: WakeupReceiver) -> None:
    assert not receiver.wait(0.01)


def test_many_wakeups_wake_once(receiver: WakeupReceiver, sender: WakeupSender) -> None:
    sender.send([receiver.address] * 50)

    assert receiver.wait(10)
    assert not receiver.wait(0.01)


@pytest.mark.parametrize("content", [b"", b"x", b"DROP TABLE jobs" * 1000])
def test_forged_datagram_only_wakes(receiver: WakeupReceiver, content: bytes) -> None:
    host, _, port = receiver.address.rpartition(":")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.sendto(content, (host, int(port)))

    assert receiver.wait(10)
    assert not receiver.wait(0.01)


def test_sender_bound_to_loopback(receiver: WakeupReceiver, sender: WakeupSender) -> None:
    sender.send([receiver.address])
    bound = psutil.Process().net_connections("udp")
    assert bound
    assert {connection.laddr.ip for connection in bound} == {"127.0.0.1"}


def test_closed_address_ignored(sender: WakeupSender) -> None:
    gone = WakeupReceiver()
    gone.close()

    sender.send([gone.address, gone.address, gone.address])


@pytest.mark.parametrize(
    "address",
    [
        "",
        "127.0.0.1",
        "127.0.0.1:",
        "127.0.0.1:x",
        "127.0.0.1:99999",
        "127.0.0.1:²",
        "127.0.0.1:-1",
    ],
)
def test_invalid_address_skipped(
    receiver: WakeupReceiver, sender: WakeupSender, address: str
) -> None:
    sender.send([address, receiver.address])

    assert receiver.wait(10)


@pytest.mark.parametrize("host", ["127.0.0.2", "0.0.0.0", "localhost", "255.255.255.255"])
def test_other_hosts_receive_nothing(sender: WakeupSender, host: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("0.0.0.0", 0))
        other.setblocking(False)

        sender.send([f"{host}:{other.getsockname()[1]}"])

        with pytest.raises(BlockingIOError):
            other.recv(1)


def test_receiver_listens_on_loopback_only(receiver: WakeupReceiver) -> None:
    assert receiver.address.startswith("127.0.0.1:")


class Clock:
    """A clock that goes on only while the receiver sleeps."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds


def test_flood_wakes_limited_times(sender: WakeupSender) -> None:
    clock = Clock()
    receiver = WakeupReceiver(20.0, clock=clock, sleep=clock.sleep)
    for _ in range(250):
        sender.send([receiver.address] * 10)
        assert receiver.wait(1)
    receiver.close()
    assert 1_009 < clock.now < 1_011  # 50 at once, and then 20 in each of 10 seconds


def test_rare_wakeups_never_wait(sender: WakeupSender) -> None:
    clock = Clock()
    receiver = WakeupReceiver(20.0, clock=clock, sleep=pytest.fail)
    for _ in range(200):
        clock.now += 0.05
        sender.send([receiver.address])
        assert receiver.wait(10)
    receiver.close()


def test_wakeup_of_flooded_receiver_kept(sender: WakeupSender) -> None:
    clock = Clock()
    receiver = WakeupReceiver(0.01, clock=clock, sleep=clock.sleep)
    for _ in range(60):
        sender.send([receiver.address])
        receiver.wait(1)
    sender.send([receiver.address])
    assert not receiver.wait(1)
    assert receiver.wait(2_000)
    receiver.close()


def test_flood_costs_few_reads(monkeypatch: pytest.MonkeyPatch, sender: WakeupSender) -> None:
    reads = []

    class Counted(socket.socket):
        def recv(self, *arguments: int) -> bytes:
            reads.append(arguments)
            return super().recv(*arguments)

    monkeypatch.setattr("clm.workers.wakeup.socket.socket", Counted)
    receiver = WakeupReceiver()
    sender.send([receiver.address] * 50_000)
    assert receiver.wait(10)
    assert not receiver.wait(0.01)
    receiver.close()
    assert len(reads) <= 100
