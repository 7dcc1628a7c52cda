"""Process that removes a build's containers after the build, however it has ended.

A container ends with its standard input; but one that was created and not yet started when the
build was killed would stay. Standard input tells of the end of the build.
"""

from __future__ import annotations

import subprocess
import sys
import time
from contextlib import suppress

from clm_plugin_docker.engine import ContainerEngine, ContainerError

BUILD_LABEL = "clm.build"
"""The label of containers with the id of their build."""

_ROUNDS = 3
_PAUSE_SECONDS = 0.5


def start_reaper(build: str, command: tuple[str, ...]) -> subprocess.Popen[bytes]:
    """Start the process; it ends after this process, or when its standard input is closed."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "clm_plugin_docker.reaper", build, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for the build
    )


def remove_containers(engine: ContainerEngine, build: str) -> None:
    """Remove all containers of a build.

    Raises:
        ContainerError: the engine cannot be used.
    """
    containers = engine.ask("ps", "--all", "--quiet", "--filter", f"label={BUILD_LABEL}={build}")
    if found := containers.split():
        engine.ask("rm", "--force", *found)


def main() -> None:
    """Wait for the end of standard input, then remove what there is."""
    build, *command = sys.argv[1:]
    sys.stdin.buffer.read()
    # Several times: a killed command's request may still be on its way.
    for _ in range(_ROUNDS):
        with suppress(ContainerError):  # the engine may answer the next time
            remove_containers(ContainerEngine(tuple(command)), build)
        time.sleep(_PAUSE_SECONDS)


if __name__ == "__main__":
    main()
