"""Distributions for package indexes, in environments with nothing else."""

from __future__ import annotations

import json
import sys
import zipfile
from email import message_from_bytes
from pathlib import Path

import pytest

pytestmark = [pytest.mark.integration, pytest.mark.slow]

ROOT = Path(__file__).parents[2]


def files_of(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def metadata_of(wheel: Path):
    (text,) = (data for name, data in files_of(wheel).items() if name.endswith("/METADATA"))
    return message_from_bytes(text)


# The program begins in a small package of its own.
BESIDE = {"clm": {"clm_start"}}


def test_wheel_holds_only_its_package(built, member):
    names = files_of(built(member.name, ".whl"))
    folders = {name.partition("/")[0] for name in names}
    assert member.package in folders
    expected = {member.package} | BESIDE.get(member.package, set())
    assert {f for f in folders if not f.endswith(".dist-info")} == expected
    assert [n for n in names if "test_" in n or "conftest" in n or "__pycache__" in n] == []


def test_wheel_has_py_typed(built, member):
    assert f"{member.package}/py.typed" in files_of(built(member.name, ".whl"))


def test_wheel_has_license(built, member):
    wheel = built(member.name, ".whl")
    assert metadata_of(wheel)["License-Expression"] == "MIT"
    (text,) = (d for n, d in files_of(wheel).items() if n.endswith(".dist-info/licenses/LICENSE"))
    assert text == (ROOT / "LICENSE").read_bytes()


def test_wheel_has_readme(built, member):
    assert metadata_of(built(member.name, ".whl")).get_payload().strip()


def test_wheel_has_all_sources(built, member):
    folder = member.folder / "src"
    sources = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file()
        and not any(p.startswith((".", "__pycache__")) for p in path.relative_to(folder).parts)
    }
    assert sources <= set(files_of(built(member.name, ".whl")))


def test_sdist_wheel_equals_checkout_wheel(built, member, tmp_path, run):
    run(sys.executable, "-m", "tarfile", "--extract", built(member.name, ".tar.gz"), tmp_path)
    (unpacked,) = tmp_path.iterdir()
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path, cwd=unpacked)
    (wheel,) = tmp_path.glob("*.whl")
    assert files_of(wheel) == files_of(built(member.name, ".whl"))


def test_all_distributions_have_one_version(built, workspace):
    versions = {metadata_of(built(member.name, ".whl"))["Version"] for member in workspace}
    assert len(versions) == 1


def statuses(run, programs: Path) -> dict[str, str]:
    plugins = json.loads(run(programs / "clm", "plugins", "list", "--json"))["plugins"]
    return {plugin["name"]: plugin["status"] for plugin in plugins}


def test_core_works_alone(environment, run):
    programs = environment("clm")
    assert run(programs / "clm", "--version").startswith("clm ")
    assert statuses(run, programs) == {"sqlite": "ok"}
    run(programs / "clm", "plugins", "check")


def test_plugin_found_beside_core(environment, run, plugin):
    programs = environment("clm", plugin.name)
    assert statuses(run, programs) == dict.fromkeys((*plugin.plugins, "sqlite"), "ok")


def test_worker_imports_are_installed(environment, run, plugin):
    programs = environment("clm", plugin.name)
    for name in plugin.plugins:
        info = json.loads(run(programs / "clm", "plugins", "info", name, "--json"))
        for job_type in info["job_types"]:
            module, _, worker = job_type["worker"].partition(":")
            run(programs / "python", "-c", f"from {module} import {worker}")


def test_all_plugins_work_together(environment, run, workspace, tmp_path):
    programs = environment(*(member.name for member in workspace))
    names = {plugin for member in workspace for plugin in member.plugins}
    assert statuses(run, programs) == dict.fromkeys(names, "ok")

    header = "# j2 from 'macros.j2' import header\n"
    deck = header + '# {{ header("B", "P") }}\n\n# %% [markdown]\n# ![A picture](img/y.png)\n'
    spec = course_of(tmp_path, {"deck/slides_a.py": deck, "pu/y.pu": DIAGRAM})
    summary = json.loads(run(programs / "clm", "build", spec, "--json").splitlines()[-1])
    assert (summary["ok"], summary["built"], summary["problems"]) == (True, 2, [])


DIAGRAM = "@startuml\nA -> B\n@enduml\n"
COURSE = """\
name: {de: Kurs, en: Course}
prog-lang: python
sections: [{name: {de: Eins, en: One}, topics: [a]}]
"""


def course_of(folder: Path, files: dict[str, str], more: str = "") -> Path:
    for name, text in files.items():
        path = folder / "slides" / "module_1_m" / "topic_1_a" / name
        path.parent.mkdir(parents=True)
        path.write_text(text, encoding="utf-8")
    spec = folder / "course.yaml"
    spec.write_text(COURSE + more, encoding="utf-8")
    return spec


def test_diagrams_copied_without_plugins(environment, run, tmp_path):
    clm = environment("clm", "clm-plugin-notebook") / "clm"
    header = "# j2 from 'macros.j2' import header\n"
    deck = header + '# {{ header("B", "P") }}\n\n# %% [markdown]\n# ![A picture](img/y.png)\n'
    files = {"deck/slides_a.py": deck, "pu/y.pu": DIAGRAM, "img/y.png": "of the author"}
    spec = course_of(tmp_path / "course", files)

    summary = json.loads(run(clm, "build", spec, "--json").splitlines()[-1])

    (problem,) = [p for p in summary["problems"] if "no installed plugin" in p["message"]]
    assert problem["excerpt"] == "a/pu/y.pu"
    assert (summary["ok"], summary["built"]) == (True, 1)
    pictures = list((tmp_path / "course" / "output").rglob("y.png"))
    assert {picture.read_text(encoding="utf-8") for picture in pictures} == {"of the author"}

    only = course_of(tmp_path / "only", {"pu/y.pu": DIAGRAM})
    assert json.loads(run(clm, "build", only, "--json").splitlines()[-1])["ok"]
