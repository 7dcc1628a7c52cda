"""Channels to kernels whose sockets are used from two sides."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from queue import Empty

import pytest
import zmq
import zmq.asyncio
from jupyter_client.session import Session

from clm_plugin_notebook.kernels.channels import PolledChannel


@pytest.fixture
def context() -> Iterator[zmq.asyncio.Context]:
    with zmq.asyncio.Context() as context:
        yield context


@pytest.fixture
def session() -> Session:
    return Session(key=b"key")


def kernel_end(context: zmq.asyncio.Context) -> zmq.Socket[bytes]:
    """A bound socket, with calls that block as those of another process would."""
    end: zmq.Socket[bytes] = zmq.Context(context).socket(zmq.DEALER)
    end.linger = 0
    end.bind("tcp://127.0.0.1:0")
    return end


def channel_to(
    end: zmq.Socket[bytes], context: zmq.asyncio.Context, session: Session
) -> PolledChannel:
    socket = context.socket(zmq.DEALER)
    socket.linger = 0
    socket.connect(end.last_endpoint.decode())
    return PolledChannel(socket, session)


def test_message_found_without_news(context: zmq.asyncio.Context, session: Session) -> None:
    async def received() -> str:
        with kernel_end(context) as end:
            channel = channel_to(end, context, session)
            waiting = asyncio.create_task(channel.get_msg(timeout=600))
            await asyncio.sleep(0)  # now it waits
            session.send(end, "execute_reply")
            assert zmq.Socket.shadow(channel.socket.underlying).poll(10_000)  # takes the news
            message = await asyncio.wait_for(waiting, 30)
            channel.close()
            return str(message["msg_type"])

    assert asyncio.run(received()) == "execute_reply"


def test_no_message_in_time_is_empty(context: zmq.asyncio.Context, session: Session) -> None:
    async def receive() -> None:
        with kernel_end(context) as end:
            channel = channel_to(end, context, session)
            try:
                await channel.get_msg(timeout=0.01)
            finally:
                channel.close()

    with pytest.raises(Empty):
        asyncio.run(receive())
