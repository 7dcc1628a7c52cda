"""A job that runs until the test releases it."""

from __future__ import annotations

from pathlib import Path

from attrs import frozen
from course_folder import until


@frozen
class Try:
    """A run of the job: the worker that has started it."""

    pid: int
    worker: str


@frozen
class HeldJob:
    """A source of the plugin `shout` whose job logs its worker, and waits until it is released.

    Its files are in `folder`. Several sources may share it: they are released together.
    """

    folder: Path

    def __attrs_post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)

    def source(self, text: str = "x", *, begin: str = "write") -> str:
        """The text of a source for this job, with the order that reports its start: `write`, or
        `child`, which starts a process that reports it."""
        log, begun, go = (self.folder / name for name in ("log", "begun", "go"))
        return f"{text}\n!log {log}\n!{begin} {begun}\n!wait-for {go}\n"

    def await_begin(self) -> Try:
        """Waits until the job has started for the first time."""
        until((self.folder / "begun").exists, "the job")
        return self.tries()[0]

    def await_second_try(self) -> Try:
        until(lambda: len(self.tries()) == 2, "the second try")
        return self.tries()[1]

    def tries(self) -> list[Try]:
        """All runs of the job, in order."""
        log = self.folder / "log"
        lines = log.read_text().splitlines() if log.exists() else []
        return [Try(int(pid), worker) for pid, worker in (line.split() for line in lines)]

    def release(self) -> None:
        (self.folder / "go").touch()
