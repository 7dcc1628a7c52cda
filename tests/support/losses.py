"""Losses in the middle of builds whose jobs run elsewhere: places, victims and moments."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

import psutil
from attrs import define, field, frozen
from broker_workers import BrokerWorkers
from clm_program import CLM
from course_folder import ClmProcess, until
from docker_engine import DockerEngine
from rabbitmq_broker import RabbitmqBroker

BUILDER, HOLDER = "builder", "worker"
_MARK = "CLM_TEST_PLACE"
_ENGINE = "clm.workers.pipe.serve"
_END_SECONDS = 20.0

Strike = Callable[[random.Random], bool]


@define
class Place:
    """Where the jobs of builds run: options of the builds, and what can be lost there.

    `strikes` hit one of the victims, if there is one. `living` are the ids of what runs there for
    builds, and `temporary` is the folder for temporary files there.
    """

    options: tuple[str, ...]
    strikes: Mapping[str, Strike]
    living: Callable[[], list[object]]
    temporary: Path | None = None
    has_holders: bool = True

    @property
    def victims(self) -> list[str]:
        return [*self.strikes, BUILDER, *([HOLDER] if self.has_holders else [])]


@frozen
class Loss:
    """A loss; `moment` is its time as a fraction (0 to 1) of a usual build's time."""

    place: str
    victim: str
    moment: float
    seed: int

    @classmethod
    def of(cls, seed: int, number: int, victims: Mapping[str, tuple[str, ...]]) -> Loss:
        """The loss with this number: all places in turn, and all their victims in turn."""
        places = random.Random(seed).sample(sorted(victims), len(victims))
        place = places[number % len(places)]
        order = random.Random(f"{seed} {place}").sample(victims[place], len(victims[place]))
        own = f"{seed} {number}"
        victim = order[number // len(places) % len(order)]
        return cls(place, victim, random.Random(own).random(), random.Random(own).randrange(10**6))

    def __str__(self) -> str:
        return f"{self.place}-{self.victim}-{self.moment:.3f}"


def hit(loss: Loss, place: Place, build: ClmProcess, seconds: float) -> bool:
    """Hit the victim at its moment of a build that takes so many seconds; False if it ended."""
    chance = random.Random(loss.seed)
    time.sleep(loss.moment * seconds)
    strike = (
        place.strikes.get(loss.victim)
        or {
            BUILDER: lambda chance: kill_one(chance, [psutil.Process(build.process.pid)]),
            HOLDER: lambda chance: kill_one(chance, build.workers()),
        }[loss.victim]
    )
    ended = False

    def struck_or_ended() -> bool:
        nonlocal ended
        ended = build.process.poll() is not None
        return ended or strike(chance)

    until(struck_or_ended, f"{loss}", seconds=60)
    return not ended


def kill_one(chance: random.Random, processes: list[psutil.Process]) -> bool:
    """Kill one of the processes; False if there is none."""
    if not processes:
        return False
    try:
        chance.choice(processes).send_signal(signal.SIGKILL)
    except psutil.NoSuchProcess:
        return False
    return True


def marked(mark: str, word: str = "") -> list[psutil.Process]:
    """The living processes with this mark, and this word in their commands."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.status() != psutil.STATUS_ZOMBIE and (
                process.environ().get(_MARK) == mark
                and any(word in part for part in process.cmdline())
            ):
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def environment_of(mark: str, temporary: Path) -> dict[str, str]:
    """The environment of processes with this mark and folder for temporary files."""
    return {_MARK: mark, "TMPDIR": str(temporary)}


def containers(engine: DockerEngine) -> Place:
    """Containers of an engine, which can be lost, too."""

    def running() -> list[object]:
        return list(engine.docker("ps", "--quiet").split())

    def kill_container(chance: random.Random) -> bool:
        found = running()
        # It may end by itself just now.
        return bool(found) and bool(engine.docker("kill", str(chance.choice(found)), check=False))

    def restart_engine(chance: random.Random) -> bool:
        if not running():
            return False
        engine.kill()
        engine.start()
        return True

    strikes = {"container": kill_container, "engine": restart_engine}
    return Place(("--executor", "docker"), strikes, lambda: list(engine.containers()))


def remote(address: str, python: str, mark: str, temporary: Path) -> Place:
    """Processes behind an ssh server, which have the mark."""

    def clients() -> list[psutil.Process]:
        port = address.rpartition(":")[2]
        found = []
        for process in psutil.process_iter(["name", "cmdline"]):
            if process.info["name"] == "ssh" and port in (process.info["cmdline"] or ()):
                found.append(process)
        return found

    strikes: dict[str, Strike] = {
        "engine": lambda chance: kill_one(chance, marked(mark, _ENGINE)),
        "connection": lambda chance: kill_one(chance, clients()),
    }
    options = ("--executor", f"ssh://{address}{python}")
    return Place(options, strikes, lambda: list(marked(mark)), temporary)


@define(eq=False)
class Services:
    """Workers behind sockets in a folder, which are started again when they end."""

    folder: Path
    environment: Mapping[str, str]
    running: dict[Path, subprocess.Popen[bytes]] = field(factory=dict)

    def start(self, path: Path) -> None:
        command = [*CLM, "workers", "serve", "--socket", str(path)]
        self.running[path] = subprocess.Popen(command, env=os.environ | self.environment)

    def start_all(self, count: int) -> None:
        for number in range(count):
            self.start(self.folder / f"shout-{number}.sock")
        until(lambda: all(path.exists() for path in self.running), "the sockets")

    def restart_one(self, chance: random.Random) -> bool:
        path = chance.choice(sorted(self.running))
        self.running[path].kill()
        self.running[path].wait()
        self.start(path)
        return True

    def close(self) -> None:
        for service in self.running.values():
            service.terminate()
        for service in self.running.values():
            service.wait(_END_SECONDS)


def sockets(folder: Path, mark: str, temporary: Path, stack: ExitStack) -> Place:
    """Two workers behind sockets, which stay when builds end."""
    services = Services(folder, environment_of(mark, temporary))
    stack.callback(services.close)
    services.start_all(2)
    strikes: dict[str, Strike] = {
        "engine": lambda chance: kill_one(chance, marked(mark, _ENGINE)),
        "service": services.restart_one,
    }
    return Place(("--executor", f"socket://{folder}"), strikes, list, temporary)


def far_workers(folder: Path, mark: str, temporary: Path, stack: ExitStack) -> Place:
    """Workers that take jobs from a broker; both can be lost, and are started again."""
    broker = RabbitmqBroker(folder / "broker")
    stack.callback(broker.close)
    broker.start()
    machine = BrokerWorkers(broker.url, folder / "log", environment_of(mark, temporary))
    stack.callback(machine.stop)
    machine.start()

    def restart_broker(chance: random.Random) -> bool:
        if not marked(mark, _ENGINE):
            return False  # no job has arrived: a build that finds no broker fails at once
        broker.kill()
        broker.start()
        return True

    def restart_workers(chance: random.Random) -> bool:
        machine.kill()
        machine.start()
        return True

    strikes: dict[str, Strike] = {
        "broker": restart_broker,
        "workers": restart_workers,
        "engine": lambda chance: kill_one(chance, marked(mark, _ENGINE)),
    }
    options = ("--broker", broker.url)
    return Place(options, strikes, list, temporary, has_holders=False)
