"""Start of the program `clm`: Ctrl-C ends it without a traceback also while its modules load.

It is a package of its own, since importing any module of `clm` loads most of it. So it answers
`clm --version` itself.
"""

import os
import signal
import sys

from clm_start.version import __version__

_INTERRUPTED = 130
_WITHOUT_PLUGINS = ("--help", "-h", "--version", "completion", "schema")


def run() -> None:
    """Runs the command line of the process and exits (entry point)."""
    if sys.argv[1:] == ["--version"] and _print_version():
        return
    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # else it is ignored, as under nohup
        signal.signal(signal.SIGINT, _end)
    _open_standard_streams()
    if _may_call_plugins():
        from clm_start import guard

        guard.start()
    from clm.cli.main import run as run_command_line

    signal.signal(signal.SIGINT, before)
    run_command_line()


def _print_version() -> bool:
    try:
        os.write(1, f"clm {__version__}\n".encode())
    except OSError:
        return False  # the command line has the message
    return True


def _open_standard_streams() -> None:
    # Else the next file that is opened, such as a database, would get what is written to them.
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:  # Python's own names of those that were closed
            stream = open(os.devnull, "r" if name == "stdin" else "w")  # noqa: PTH123, SIM115
            setattr(sys, name, stream)


def _may_call_plugins() -> bool:
    arguments = sys.argv[1:]
    completes = "_CLM_COMPLETE" in os.environ
    return bool(arguments) and not completes and not any(a in _WITHOUT_PLUGINS for a in arguments)


def _end(*_: object) -> None:
    # No exception: the code that happens to be imported might catch it.
    os.write(2, b"interrupted\n")
    os._exit(_INTERRUPTED)
