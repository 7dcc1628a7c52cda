"""A job that a test holds in the middle, for as long as it wants to."""

from __future__ import annotations

from pathlib import Path

from attrs import frozen
from course_folder import until


@frozen
class Try:
    """A worker that has begun the job."""

    pid: int
    worker: str


@frozen
class HeldJob:
    """A source of the plugin `shout` whose job notes who does it, and waits until it is let go.

    Its files lie in `folder`. Several sources may be its: they are let go together.
    """

    folder: Path

    def __attrs_post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)

    def source(self, text: str = "x", *, begin: str = "write") -> str:
        """What makes a source of this job: its lines, and the order that tells that it has begun
        (`child` has it start a process, which tells)."""
        log, begun, go = (self.folder / name for name in ("log", "begun", "go"))
        return f"{text}\n!log {log}\n!{begin} {begun}\n!wait-for {go}\n"

    def await_begin(self) -> Try:
        """Waits until the job has begun for the first time."""
        until((self.folder / "begun").exists, "the job")
        return self.tries()[0]

    def await_second_try(self) -> Try:
        until(lambda: len(self.tries()) == 2, "the second try")
        return self.tries()[1]

    def tries(self) -> list[Try]:
        """All that have begun the job, in order."""
        log = self.folder / "log"
        lines = log.read_text().splitlines() if log.exists() else []
        return [Try(int(pid), worker) for pid, worker in (line.split() for line in lines)]

    def let_go(self) -> None:
        (self.folder / "go").touch()
