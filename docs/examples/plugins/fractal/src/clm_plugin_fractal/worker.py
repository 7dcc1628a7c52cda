"""The converter: runs the program, tells how far it is, and ends it in time."""

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
_LOOK_SECONDS = 0.1


class FractalWorker(Worker):
    def convert(self, payload: FractalPayload, job: Job) -> Result:
        command = [sys.executable, str(_PROGRAM), payload.name, str(payload.pixels), "picture.png"]
        code, errors = run(command, job, payload.time_limit)
        if code != 0:
            raise ConversionError(errors.strip(), place=Place(job.source))
        return Result({"png": Path("picture.png")})


def run(command: Sequence[str], job: Job, time_limit: float) -> tuple[int, str]:
    """Exit code and standard error of the program, which is gone in any case."""
    deadline = time.monotonic() + time_limit
    errors_path = job.folder / "errors.txt"  # a pipe that nobody reads would fill up
    with (
        errors_path.open("wb") as errors,
        subprocess.Popen(
            command, cwd=job.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors
        ) as process,
    ):
        assert process.stdout is not None
        reader = threading.Thread(target=tell_progress, args=(process.stdout, job))
        reader.start()
        try:
            wait(process, job, deadline)
        finally:
            process.kill()  # does nothing where it has ended
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
                hint="ask for fewer `pixels`, or for a longer `time_limit`",
            )
        try:
            process.wait(_LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            continue


def tell_progress(output: IO[bytes], job: Job) -> None:
    for line in output:
        done, slash, total = line.partition(b"/")
        if slash and done.isdigit() and total.strip().isdigit():
            job.progress(int(done) / int(total), "computing")
