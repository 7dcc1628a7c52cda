"""Sockets of a running build and of its workers, as the system lists them."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys

import pytest
from course_folder import CourseFolder
from held_job import HeldJob
from operating import start_held_build

pytestmark = pytest.mark.integration

# Protocol, state, two queues, local address and port, peer, process.
SOCKET = re.compile(r"^(?:udp|tcp)\s+\S+\s+\S+\s+\S+\s+(\S+):\d+\s.*?pid=(\d+)", re.MULTILINE)


@pytest.mark.skipif(sys.platform != "linux", reason="ss is a program of Linux")
def test_all_sockets_on_loopback(course: CourseFolder, held: HeldJob) -> None:
    program = shutil.which("ss", path="/usr/bin:/bin:/usr/sbin:/sbin")
    assert program, "ss is missing: install iproute2"
    run = start_held_build(course, held)
    own = {process.pid for process in run.living()}
    listed = subprocess.run(
        [program, "--no-header", "--numeric", "--all", "--processes", "--udp", "--tcp"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    held.release()
    assert run.finish()[0] == 0
    found = {(address, pid) for address, pid in SOCKET.findall(listed) if int(pid) in own}
    assert len({pid for _, pid in found}) >= 2, listed  # the building process and a worker
    assert {address for address, _ in found} == {"127.0.0.1"}
