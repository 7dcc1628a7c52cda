"""`clm workers serve`: a worker for builds elsewhere."""

from __future__ import annotations

from pathlib import Path

import click

from clm.cli.options import Settings, common_options, pass_settings
from clm.errors import UsageError


@click.command("serve")
@click.option(
    "--socket",
    type=click.Path(path_type=Path),
    help="Listen at this Unix socket, for one build after the other.",
)
@click.option("--once", is_flag=True, help="Run one packed job, until standard input ends.")
@common_options
@pass_settings
def serve(settings: Settings, /, socket: Path | None, once: bool) -> None:
    """Run jobs for builds elsewhere.

    Jobs arrive on standard input, and results are written to standard output, or both on a
    socket. The name of a socket begins with a job type: `notes-1.sock`.
    """
    # Imported here: no other command needs it.
    from clm.workers.pipe.serve import serve_once, serve_pipe, serve_socket

    if socket is not None and once:
        raise UsageError("--socket and --once cannot be combined")
    if socket is not None:
        serve_socket(socket.absolute())
    serve_once() if once else serve_pipe()
