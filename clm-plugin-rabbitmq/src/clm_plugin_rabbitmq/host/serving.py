"""`clm workers start --broker URL`: the entry of a machine with workers."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path

from clm import ClmError
from clm.backends.remote import (
    Limits,
    TemporaryFolder,
    UsageError,
    WorkersContext,
    fingerprint_of,
    remove_tree,
    sweep_temporary_folders,
    tools_of,
)
from clm.stores.api import SharedContents
from clm_plugin_rabbitmq.broker import Broker, take_secrets
from clm_plugin_rabbitmq.host.engine import Engine
from clm_plugin_rabbitmq.host.host import Dropped, WorkerHost
from clm_plugin_rabbitmq.host.slot import Slot, SlotSettings

log = logging.getLogger(__name__)


def serve_workers(context: WorkersContext) -> None:
    """Run workers until a signal or Ctrl-C.

    Raises:
        UsageError: no broker is given, there are no job types to serve, or the shared cache's
            settings are wrong.
        BrokerError: the broker cannot be reached.
    """
    broker, shared = Broker.of(context.options.get("broker")), SharedContents(context.plugins)
    shared.open()
    take_secrets(os.environ)
    fingerprints = served(context)
    with ExitStack() as stack:
        memos = stack.enter_context(_memos())
        stack.callback(shared.close)
        asyncio.run(_serve(broker, context, fingerprints, memos, shared))


def served(context: WorkersContext) -> Mapping[str, str]:
    """The fingerprints of the job types to serve.

    Raises:
        UsageError: there are none.
    """
    for name in context.job_types:
        context.plugins.job_type(name)
    fingerprints = {}
    for name in context.job_types or context.plugins.job_types:
        try:
            fingerprints[name] = fingerprint_of(context.plugins, name)
        except ClmError as error:
            log.warning("not served: %s", error)
    if not fingerprints:
        raise UsageError(
            "there are no job types to serve", hint="`clm plugins list` shows what is installed"
        )
    return fingerprints


def worker_host(
    broker: Broker,
    context: WorkersContext,
    fingerprints: Mapping[str, str],
    memos: Path,
    shared: SharedContents,
    settings: SlotSettings | None = None,
) -> WorkerHost:
    """The workers, not yet started; for the running event loop."""
    limits = Limits.of()
    settings = settings or SlotSettings(
        idle=context.idle_seconds, hung=limits.hung_after, job_limit=limits.job_limit
    )
    name, dropped = f"{socket.gethostname()}-{os.getpid()}", Dropped()
    slots = tuple(
        Slot(
            job_type,
            fingerprint,
            f"{name}/{job_type}-{number}",
            Engine(job_type, memos, shared),
            settings,
            dropped,
            keeps_engine=number <= context.minimum,
        )
        for job_type, fingerprint in fingerprints.items()
        for number in range(1, context.jobs + 1)
    )
    tools = partial(tools_of, context.plugins)
    return WorkerHost(broker, name, fingerprints, slots, dropped, tools)


async def _serve(
    broker: Broker,
    context: WorkersContext,
    fingerprints: Mapping[str, str],
    memos: Path,
    shared: SharedContents,
) -> None:
    host = worker_host(broker, context, fingerprints, memos, shared)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):  # on Windows, where Ctrl-C cancels this task
            loop.add_signal_handler(number, host.stop)
    try:
        await host.run()
    finally:
        close_engines(host)


def close_engines(host: WorkerHost) -> None:
    """End all engines, with the jobs that they run."""
    for slot in host.slots:
        slot.engine.give_up("this machine stops serving")
    for slot in host.slots:
        slot.engine.close()


@contextmanager
def _memos() -> Iterator[Path]:
    """The database of the memos; it lives as long as this process."""
    sweep_temporary_folders()
    folder = TemporaryFolder.make().path or Path(tempfile.mkdtemp())
    try:
        yield folder / "memos.db"
    finally:
        remove_tree(folder)
