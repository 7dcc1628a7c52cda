"""Ends by SIGTERM: like Ctrl-C, so that all that a command has started is ended and told."""

from __future__ import annotations

import os
import signal

from clm.cli.output import console as messages

_received: list[int] = []


def end_by_interrupt() -> None:
    """Lets SIGTERM interrupt the command; a second one ends the process at once."""
    if os.name != "nt" and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _interrupt)


def end_if_terminated() -> None:
    """Ends the process by SIGTERM if it got one, with a message."""
    if _received:
        messages.echo_err("ended by SIGTERM; the next build continues from what is finished")
        _end()


def _interrupt(number: int, _frame: object) -> None:
    if _received or signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        _end()
    _received.append(number)
    signal.raise_signal(signal.SIGINT)


def _end() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGTERM)
