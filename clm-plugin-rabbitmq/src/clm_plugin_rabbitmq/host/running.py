"""A job that a slot runs."""

from __future__ import annotations

import asyncio
import threading
import time

from aio_pika.abc import AbstractIncomingMessage
from attrs import define, field

from clm.backends.api import JobProgress
from clm.backends.remote import Failure, HangDetector
from clm_plugin_rabbitmq.host.engine import Outcome
from clm_plugin_rabbitmq.messages import JobMessage


@define(eq=False)
class Running:
    """A running job. It outlives the connection that it came from.

    `claim` is the job's message on the current connection, until it is acknowledged; `queue` is
    the name of the queue that it came from. `is_returned` is set if the job shall be run
    elsewhere, without counting as an attempt. `failure` is how it ends if its engine was ended for
    good.
    """

    job: JobMessage
    queue: str
    claim: AbstractIncomingMessage | None
    loop: asyncio.AbstractEventLoop
    cancelled: threading.Event = field(factory=threading.Event)
    cancelled_at: float | None = None
    is_returned: bool = False
    changed: asyncio.Event = field(factory=asyncio.Event)
    began: float = field(factory=time.monotonic)
    hangs: HangDetector | None = None
    failure: Failure | None = None
    outcome: asyncio.Future[Outcome] = field(init=False)
    _progress: JobProgress | None = None

    def cancel(self) -> None:
        """Asks the converter to stop early; there will be no result."""
        if self.cancelled_at is None:
            self.cancelled_at = time.monotonic()
            self.cancelled.set()

    def progress(self, fraction: float | None, text: str) -> None:
        """Takes the converter's progress, from any thread."""
        self._progress = JobProgress.of(fraction, text)
        self.loop.call_soon_threadsafe(self.changed.set)

    def take_progress(self) -> JobProgress | None:
        """The newest progress that was not yet taken."""
        progress, self._progress = self._progress, None
        return progress

    async def acknowledge(self) -> None:
        """Tells the broker that the job is done, or is held by beats from now on."""
        claim, self.claim = self.claim, None
        if claim is not None:
            await claim.ack()
