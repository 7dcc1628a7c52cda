"""Archive of Java's classes: made once, used later, replaced when it does not fit."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import psutil
import pytest
from attrs import evolve
from plantuml_topic import Topic, uml

from clm import TransientJobError
from clm_plugin_plantuml import class_archive, machine
from clm_plugin_plantuml.class_archive import ClassArchive
from clm_plugin_plantuml.engine import Engine, find_engine
from clm_plugin_plantuml.java import Java, find_java
from clm_plugin_plantuml.machine import Machine
from clm_plugin_plantuml.worker import PlantUmlWorker

DIAGRAM = uml("A -> B")


Tools = tuple[Java, Engine]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The empty folder of archives."""
    made = tmp_path / "archives"
    made.mkdir()
    monkeypatch.setattr(class_archive, "FOLDER", made)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    return made


@pytest.fixture(scope="module")
def tools() -> Tools:
    java, engine = find_java(), find_engine()
    assert java is not None and engine is not None
    return java, engine


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory, tools: Tools) -> bytes:
    """The archive that a worker makes when it stops."""
    folder = tmp_path_factory.mktemp("archives")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(class_archive, "FOLDER", folder)
        patch.setattr(sys, "dont_write_bytecode", False)
        patch.setattr(machine, "_ARCHIVE_SECONDS", 60.0)  # on any machine
        worker = PlantUmlWorker()
        worker.start()
        Topic(tmp_path_factory.mktemp("topic"), worker).draw(DIAGRAM)
        worker.stop()
    (made,) = folder.iterdir()
    return made.read_bytes()


def flags_of(machine: Machine) -> str:
    options = json.loads(psutil.Process(machine.pid).cmdline()[-1])
    return " ".join(options["flags"])


@pytest.mark.integration
def test_archive_is_used(
    topic: Topic, tmp_path: Path, folder: Path, tools: Tools, archive: bytes
) -> None:
    file = ClassArchive.of(*tools).file
    file.write_bytes(archive)
    worker = PlantUmlWorker()
    worker.start()
    try:
        assert f"-XX:SharedArchiveFile={file}" in flags_of(worker._machine)
        assert Topic(tmp_path / "own", worker).draw(DIAGRAM) == topic.draw(DIAGRAM)
    finally:
        worker.stop()
    assert [found.read_bytes() for found in folder.iterdir()] == [archive]


@pytest.mark.integration
@pytest.mark.parametrize("damage", ["empty", "cut", "changed"])
def test_damaged_archive_does_no_harm(
    topic: Topic, tmp_path: Path, folder: Path, tools: Tools, archive: bytes, damage: str
) -> None:
    middle = len(archive) // 2
    changed = archive[:middle] + bytes(4096) + archive[middle + 4096 :]
    content = {"empty": b"", "cut": archive[:1_000_000], "changed": changed}
    ClassArchive.of(*tools).file.write_bytes(content[damage])
    worker = PlantUmlWorker()
    worker.start()
    own = Topic(tmp_path / "own", worker)
    try:
        own.draw(DIAGRAM)
    except TransientJobError:
        assert list(folder.iterdir()) == []  # so the next attempt has none
    try:
        assert own.draw(DIAGRAM) == topic.draw(DIAGRAM)
    finally:
        worker._discard_machine()


@pytest.mark.integration
def test_death_discards_archive(tmp_path: Path, folder: Path, tools: Tools) -> None:
    archive = ClassArchive.of(*tools)
    archive.file.touch()
    worker = PlantUmlWorker()
    worker.start()
    worker._machine.wait_until_ready()
    psutil.Process(worker._machine.pid).kill()
    with pytest.raises(TransientJobError):
        Topic(tmp_path, worker).draw(DIAGRAM)
    assert not archive.file.exists()


def test_idle_worker_makes_no_archive(folder: Path) -> None:
    worker = PlantUmlWorker()
    worker.start()
    worker._machine.wait_until_ready()
    worker.stop()
    assert list(folder.iterdir()) == []


def test_other_tools_have_other_archives(folder: Path, tools: Tools) -> None:
    java, engine = tools
    archives = {
        ClassArchive.of(java, engine).file,
        ClassArchive.of(evolve(java, version="99"), engine).file,
        ClassArchive.of(java, evolve(engine, sha256="other")).file,
        ClassArchive.of(evolve(java, library=folder / "libjvm.so"), engine).file,
    }
    assert len(archives) == 4


@pytest.mark.parametrize("hindrance", ["no bytecode", "no folder", "no base"])
def test_archive_needs_place_and_base(
    folder: Path, tools: Tools, hindrance: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    java, engine = tools
    if hindrance == "no bytecode":
        monkeypatch.setattr(sys, "dont_write_bytecode", True)
    if hindrance == "no folder":
        folder.rmdir()
    if hindrance == "no base":
        java = evolve(java, library=folder / "libjvm.so")
    archive = ClassArchive.of(java, engine)
    assert (archive.can_be_made, archive.flags(folder)) == (False, [])


def test_old_archives_removed(folder: Path, tools: Tools, tmp_path: Path) -> None:
    for number in range(5):
        old = folder / f"java-{number}.jsa"
        old.touch()
        os.utime(old, (number, number))
    (tmp_path / "classes.jsa").write_bytes(b"new")
    archive = ClassArchive.of(*tools)
    archive.keep(tmp_path)
    assert {file.name for file in folder.iterdir()} == {
        archive.file.name,
        "java-3.jsa",
        "java-4.jsa",
    }
