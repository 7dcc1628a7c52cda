"""The converter: runs the program, reports its progress, and kills it after the time limit."""

import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from clm import ConversionError, Job, Place, Result, TransientJobError, Worker

from clm_plugin_fractal.plugin import FractalPayload

_PROGRAM = Path(__file__).with_name("compute.py")
_POLL_SECONDS = 0.1


class FractalWorker(Worker):
    def convert(self, payload: FractalPayload, job: Job) -> Result:
        command = [sys.executable, str(_PROGRAM), payload.name, str(payload.pixels), "picture.png"]
        code, errors = run(command, job, payload.time_limit)
        if code != 0:
            raise ConversionError(errors.strip(), place=Place(job.source))
        return Result({"png": Path("picture.png")})


def run(command: Sequence[str], job: Job, time_limit: float) -> tuple[int, str]:
    """Return exit code and standard error of the program, which never outlives the call."""
    deadline = time.monotonic() + time_limit
    errors_path = job.folder / "errors.txt"  # an unread pipe would fill up
    with (
        errors_path.open("wb") as errors,
        subprocess.Popen(
            command, cwd=job.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors
        ) as process,
    ):
        assert process.stdout is not None
        reader = threading.Thread(target=report_progress, args=(process.stdout, job))
        reader.start()
        try:
            wait(process, job, deadline)
        finally:
            process.kill()  # does nothing if it has ended
            reader.join()
    return process.returncode, errors_path.read_text(encoding="utf-8", errors="replace")


def wait(process: subprocess.Popen[bytes], job: Job, deadline: float) -> None:
    while process.poll() is None:
        if job.is_cancelled():
            raise TransientJobError("cancelled")
        if time.monotonic() > deadline:
            raise ConversionError(
                "computing the picture takes too long",
                place=Place(job.source),
                hint="lower the setting `pixels`, or raise `time_limit`",
            )
        try:
            process.wait(_POLL_SECONDS)
        except subprocess.TimeoutExpired:
            continue


def report_progress(output: IO[bytes], job: Job) -> None:
    for line in output:
        done, slash, total = line.partition(b"/")
        if slash and done.isdigit() and total.strip().isdigit():
            job.progress(int(done) / int(total), "computing")
