"""Client of the JVM process: start, requests, end."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from clm_plugin_plantuml.class_archive import ClassArchive
from clm_plugin_plantuml.engine import Engine
from clm_plugin_plantuml.frames import read_frame, write_frame
from clm_plugin_plantuml.java import Java

LARGEST_SIDE = 16384  # pixels; PlantUML crops what is larger
_START_SECONDS = 60.0
_ARCHIVE_SECONDS = 4.0  # less than builds give a worker to stop
_SCRUBBED = ("PLANTUML", "GRAPHVIZ", "JAVA_TOOL", "JDK_JAVA", "_JAVA", "CLASSPATH")


class MachineError(Exception):
    """The JVM process did not answer."""


class MachineDied(MachineError):
    """The process ended without an answer; the message is the tail of its output."""


class MachineTooSlow(MachineError):
    """There was no answer within the time limit; the process has been killed."""


@frozen
class Answer:
    """The answer to a request: `facts`, and the pictures in order."""

    facts: dict[str, Any]
    pictures: list[bytes]


@define
class Machine:
    """A JVM process with `memory` megabytes of heap; `start` it before `ask`, then `end` it."""

    java: Java
    engine: Engine
    memory: int
    _classes: ClassArchive = field(init=False)
    _folder: tempfile.TemporaryDirectory[str] = field(init=False)
    _process: subprocess.Popen[bytes] = field(init=False)
    _answers: queue.SimpleQueue[Answer | None] = field(init=False, factory=queue.SimpleQueue)
    _is_ready: bool = field(init=False, default=False)
    _has_drawn: bool = field(init=False, default=False)

    def start(self) -> None:
        """Start the process without waiting for Java; `ask` waits for it."""
        self._folder = tempfile.TemporaryDirectory(
            prefix="clm-plantuml-", ignore_cleanup_errors=True
        )
        folder = Path(self._folder.name)
        self._classes = ClassArchive.of(self.java, self.engine)
        options = {
            "library": str(self.java.library),
            "jar": str(self.engine.jar),
            "flags": [*_flags(self.memory, folder), *self._classes.flags(folder)],
        }
        with (folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "clm_plugin_plantuml.jvm_host", json.dumps(options)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                # Nothing of the course is here, so relative paths of PlantUML find nothing.
                cwd=folder,
                env=_environment(),
            )
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait_until_ready(self) -> None:
        """Wait until Java runs.

        Raises:
            MachineError: Java did not start.
        """
        if not self._is_ready:
            self._next(_START_SECONDS)
            self._is_ready = True

    def ask(self, request: dict[str, Any], seconds: float) -> Answer:
        """The answer to a request, once Java runs.

        Raises:
            MachineTooSlow: there was no answer within `seconds`.
            MachineDied: the process ended.
        """
        self.wait_until_ready()
        assert self._process.stdin is not None
        try:
            write_frame(self._process.stdin, json.dumps(request).encode())
            self._process.stdin.flush()
        except OSError as error:
            raise MachineDied(self._stderr_tail()) from error
        answer = self._next(seconds)
        self._has_drawn = bool(answer.pictures)
        return answer

    def finish(self) -> None:
        """End as `end`; if no archive of classes was there and Java has drawn, it makes one."""
        if self._has_drawn and self._classes.can_be_made:
            self._make_archive()
        self.end()

    def _make_archive(self) -> None:
        assert self._process.stdin is not None
        with suppress(OSError, subprocess.TimeoutExpired):
            write_frame(self._process.stdin, b'{"exit": true}')
            self._process.stdin.flush()
            if self._process.wait(_ARCHIVE_SECONDS) == 0:
                self._classes.keep(Path(self._folder.name))

    def end(self) -> None:
        """Kill the process and remove its folder."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:  # some data could not be written
                    continue
        self._folder.cleanup()

    def _next(self, seconds: float) -> Answer:
        try:
            answer = self._answers.get(timeout=seconds)
        except queue.Empty:
            self._process.kill()
            raise MachineTooSlow from None
        if answer is None:
            self._classes.discard()
            raise MachineDied(self._stderr_tail())
        return answer

    def _listen(self) -> None:
        assert self._process.stdout is not None
        while (head := read_frame(self._process.stdout)) is not None:
            facts = json.loads(head)
            pictures = [read_frame(self._process.stdout) for _ in range(facts.pop("pictures"))]
            whole = [picture for picture in pictures if picture is not None]
            if len(whole) < len(pictures):
                break
            self._answers.put(Answer(facts, whole))
        self._answers.put(None)

    def _stderr_tail(self) -> str:
        self._process.wait()
        log = (Path(self._folder.name) / "log").read_text(encoding="utf-8", errors="replace")
        return log.strip()[-4000:] or f"the process ended with exit code {self._process.returncode}"


def _flags(memory: int, folder: Path) -> list[str]:
    return [
        "-Djava.awt.headless=true",
        # Jobs are short: the C1 compiler and the serial collector start sooner and take less.
        *("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-XX:-UsePerfData"),
        *_heap(memory),
        *(
            "-Dfile.encoding=UTF-8",
            "-Duser.language=en",
            "-Duser.country=US",
            "-Duser.timezone=UTC",
        ),
        f"-Djava.io.tmpdir={folder}",
        f"-Djava.util.prefs.userRoot={folder}",
        f"-Duser.home={folder}",
        f"-DPLANTUML_LIMIT_SIZE={LARGEST_SIDE}",
        "-DPLANTUML_SECURITY_PROFILE=ALLOWLIST",
        f"-Dplantuml.allowlist.path={folder / 'nothing'}",
        # PlantUML already refuses every address; this is a second barrier.
        *("-DsocksProxyHost=127.0.0.1", "-DsocksProxyPort=1"),
    ]


def _heap(memory: int) -> list[str]:
    # About 80 megabytes stay in use after many diagrams, far less after a few. Early collection
    # costs little; without these flags the heap grows to its limit before it is collected.
    young = min(48, memory // 4)
    return [
        *(f"-Xmx{memory}m", f"-Xms{min(64, memory)}m"),
        *(f"-XX:NewSize={min(8, young)}m", f"-XX:MaxNewSize={young}m"),
        *("-XX:MinHeapFreeRatio=15", "-XX:MaxHeapFreeRatio=30"),
    ]


def _environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.upper().startswith(_SCRUBBED)}
