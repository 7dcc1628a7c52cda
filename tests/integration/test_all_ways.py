"""Courses built in every way: by all backends and executors, with a real engine and servers."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from pathlib import Path

import pytest
from broker_workers import BrokerWorkers
from clm_program import CLM, run_clm
from course_folder import until
from docker_engine import DockerEngine
from many_decks import DECKS, write_many_decks
from network_machines import missing_for_machines, network
from rabbitmq_broker import RabbitmqBroker
from ssh_server import ssh_server

from clm import __version__
from clm.testing.course_project import files_below

pytestmark = pytest.mark.slow

SAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "sample-course"
MACHINES = 4
SOCKETS = ("notebook-1", "notebook-2", "plantuml-1")

Options = tuple[str, ...]


@pytest.fixture(scope="module", autouse=True)
def same_java(java: str) -> Iterator[None]:
    """Diagrams are drawn with the Java of the images everywhere."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JAVA_HOME", java)
        yield


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The digests of the course of many decks, built by workers of this machine."""
    return built(write_many_decks(tmp_path_factory.mktemp("expected")))[0]


@pytest.fixture
def spec(tmp_path: Path) -> Path:
    return write_many_decks(tmp_path / "course")


@pytest.fixture(scope="module")
def expected_sample(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The digests of the sample course, built by workers of this machine."""
    found = built(copy_of_sample(tmp_path_factory.mktemp("sample") / "course"))[0]
    assert len(found) > 100
    return found


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    return copy_of_sample(tmp_path / "sample")


def copy_of_sample(folder: Path) -> Path:
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("output", ".clm"))
    return folder / "course.yaml"


@pytest.fixture(scope="module")
def four_machines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Options]:
    """The options for a broker whose workers are on four machines."""
    if missing := missing_for_machines():
        # .ci/run sets it: there everything is installed, and nothing may be skipped.
        if os.environ.get("CLM_REQUIRE_ENGINE"):
            pytest.fail(missing)
        pytest.skip(missing)
    folder = tmp_path_factory.mktemp("machines")
    with ExitStack() as stack:
        net = stack.enter_context(network(folder, MACHINES))
        broker = RabbitmqBroker(folder / "broker", "loopback_users = none\n", host=net.address)
        stack.callback(broker.close)
        broker.start()
        hosts = []
        for machine in net.machines:
            program, log = machine.command(*CLM), folder / f"{machine.name}.log"
            hosts.append(BrokerWorkers(broker.url, log, arguments=("--jobs", "1"), program=program))
            stack.callback(hosts[-1].kill)
        with ThreadPoolExecutor() as threads:
            list(threads.map(BrokerWorkers.start, hosts))
        yield ("--broker", broker.url)


def built(spec: Path, *options: str) -> tuple[dict[str, str], set[str]]:
    """The digests of the outputs, and the workers that made them."""
    done = run_clm("build", spec, "--json", *options)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    jobs = [event for event in events if event["event"] == "job-finished"]
    assert {job["outcome"] for job in jobs} == {"built"}
    root = spec.parent / "output"
    found = {p.relative_to(root).as_posix(): digest(p) for p in files_below(root)}
    assert len(found) > DECKS
    return found, {job["worker"] for job in jobs}


def digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


@contextmanager
def socket_containers(engine: DockerEngine, folder: Path) -> Iterator[str]:
    """The address of workers in containers, as compose starts them."""
    folder.mkdir()
    started = []
    try:
        for name in SOCKETS:
            plugin = name.partition("-")[0]
            options = ("--rm", "--init", "--network=none", "--read-only", "--tmpfs=/tmp:exec")
            owner = (f"--user={os.getuid()}:{os.getgid()}", f"--volume={folder}:/sockets")
            command = ("clm", "workers", "serve", "--socket", f"/sockets/{name}.sock")
            image = f"clm-{plugin}:{__version__}"
            output = engine.docker("run", "--detach", *options, *owner, image, *command)
            started.append(output.strip())
        until(lambda: len(list(folder.iterdir())) == len(SOCKETS), "the sockets")
        yield f"socket://{folder}"
    finally:
        engine.docker("rm", "--force", *started)


def test_inline_gives_same_bytes(spec: Path, expected: dict[str, str]) -> None:
    assert built(spec, "--backend", "inline")[0] == expected


def test_containers_give_same_bytes(
    docker: DockerEngine, built_plantuml: None, spec: Path, expected: dict[str, str]
) -> None:
    assert built(spec, "--executor", "docker")[0] == expected


def test_sample_course_same_in_containers(
    docker: DockerEngine, built_plantuml: None, sample: Path, expected_sample: dict[str, str]
) -> None:
    assert built(sample, *executors("docker"))[0] == expected_sample


def test_sockets_give_same_bytes(
    docker: DockerEngine,
    built_plantuml: None,
    spec: Path,
    sample: Path,
    tmp_path: Path,
    expected: dict[str, str],
    expected_sample: dict[str, str],
) -> None:
    with socket_containers(docker, tmp_path / "s") as address:
        assert built(spec, "--executor", address)[0] == expected
        assert built(sample, *executors(address))[0] == expected_sample


def executors(address: str) -> Options:
    """All jobs there but drawings of draw.io, which depend on the browser's version."""
    return ("--executor", f"notebook={address}", "--executor", f"plantuml={address}")


def test_ssh_gives_same_bytes(
    spec: Path,
    sample: Path,
    tmp_path: Path,
    expected: dict[str, str],
    expected_sample: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "ssh"
    folder.mkdir()
    with ssh_server(folder) as server:
        monkeypatch.setenv("PATH", str(server.client), prepend=":")
        options = ("--executor", f"ssh://{server.address}{sys.executable}")
        assert built(spec, *options)[0] == expected
        assert built(sample, *options)[0] == expected_sample


def test_machines_give_same_bytes(
    spec: Path, four_machines: Options, expected: dict[str, str]
) -> None:
    found, workers = built(spec, *four_machines)
    assert found == expected
    assert {worker.partition("-")[0] for worker in workers} == {
        f"machine{number}" for number in range(MACHINES)
    }


def test_sample_course_same_on_machines(
    sample: Path, expected_sample: dict[str, str], four_machines: Options
) -> None:
    assert built(sample, *four_machines)[0] == expected_sample


def test_sample_course_same_inline(sample: Path, expected_sample: dict[str, str]) -> None:
    assert built(sample, "--backend", "inline")[0] == expected_sample
