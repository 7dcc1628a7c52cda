"""Plugins that a course spec names: which files are accepted, and how they are imported."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from clm.builder import BuildOptions
from clm.builder.trust.local_plugins import load_for_build, local_plugins, with_local_plugins
from clm.course.syntax.reader import load_spec
from clm.errors import SpecError, UsageError
from clm.plugins import PluginRegistry, PluginStatus
from clm.plugins.local import LocalEntryPoint, LocalPlugin, content_digest


def write(root: Path, files: dict[str, str], named: str) -> Path:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (root / "slides").mkdir(parents=True, exist_ok=True)
    spec = root / "course.yaml"
    spec.write_text(f"name: K\nsections: [{{name: W, topics: [a]}}]\nlocal-plugins: {named}\n")
    return spec


WRONG = {
    "missing": ("[plugins/no.py]", "there is no plugin 'plugins/no.py'"),
    "folder without a module": ("[plugins/empty]", "there is no plugin 'plugins/empty'"),
    "no Python": ("[plugins/a.txt]", "'plugins/a.txt' is not a Python file"),
    "invalid name": ("[plugins/a-b.py]", "is no name of a plugin"),
    "outside": ("[../up.py]", "the plugin '../up.py' is not in the data folder"),
    "absolute": ("[/etc/up.py]", "the plugin '/etc/up.py' is not in the data folder"),
    "link to outside": ("[plugins/link.py]", "the plugin 'plugins/link.py' is not in the data"),
    "twice": ("[plugins/a.py, plugins/sub/a.py]", "two plugins of the course are named 'a'"),
}


@pytest.mark.parametrize(("named", "message"), WRONG.values(), ids=WRONG)
def test_file_that_is_no_plugin_refused(tmp_path: Path, named: str, message: str) -> None:
    files = dict.fromkeys(
        ["plugins/a.py", "plugins/sub/a.py", "plugins/a.txt", "plugins/a-b.py"], ""
    )
    root = tmp_path / "course"
    spec = write(root, files | {"plugins/empty/x.txt": "", "../up.py": ""}, named)
    (root / "plugins" / "link.py").symlink_to(tmp_path / "up.py")
    with pytest.raises(SpecError) as caught:
        local_plugins(load_spec(spec))
    (problem,) = caught.value.problems
    assert message in problem.message
    assert problem.place is not None
    assert problem.place.line == 3


def test_course_without_plugins_loads_nothing(tmp_path: Path) -> None:
    spec = write(tmp_path, {"plugins/a.py": "raise SystemExit"}, "[]")
    registry = PluginRegistry.load({}, [])
    assert with_local_plugins(registry, spec) is registry


@pytest.mark.parametrize("executor", ["docker", "ssh://host", "notes=docker"])
def test_refused_where_jobs_run_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, executor: str
) -> None:
    monkeypatch.setenv("CLM_LOAD_PLUGINS", "local-plugins")
    files = {"plugins/a.py": "from pathlib import Path\nPath(__file__).with_name('b').touch()\n"}
    options = BuildOptions(write(tmp_path, files, "[plugins/a.py]"), executors=(executor,))
    with pytest.raises(UsageError, match=r"a plugin of its own, plugins/a\.py"):
        load_for_build(options)
    monkeypatch.setenv("CLM_BLOCK_PLUGINS", "local-plugins")
    load_for_build(options)
    assert not (tmp_path / "plugins" / "b").exists()


def test_module_of_python_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "json.py"
    path.write_text("import json\nassert json.loads('1') == 1\n")
    plugin = LocalPlugin(path, "plugins/json.py")
    registry = PluginRegistry.load({}, [], local=[plugin])
    assert [p.status for p in registry.plugins] == [PluginStatus.OK]
    assert str(tmp_path) not in sys.path
    assert sys.modules["json"].__file__ != str(path)


def test_same_content_same_module_name(tmp_path: Path) -> None:
    values = []
    for folder in ("one", "two"):
        path = tmp_path / folder / "house.py"
        path.parent.mkdir()
        path.write_text("x = 1\n")
        values.append(LocalEntryPoint.of(LocalPlugin(path, "plugins/house.py")).value)
    path.write_text("x = 2\n")
    changed = LocalEntryPoint.of(LocalPlugin(path, "plugins/house.py")).value
    assert values[0] == values[1] != changed


@pytest.mark.skipif(sys.platform != "linux", reason="names are UTF-8 elsewhere")
def test_name_outside_utf8_counts(tmp_path: Path) -> None:
    (tmp_path / "__init__.py").touch()
    before = content_digest(tmp_path)
    (tmp_path / os.fsdecode(b"caf\xe9.txt")).touch()
    assert content_digest(tmp_path) != before


def test_every_file_of_folder_counts(tmp_path: Path) -> None:
    folder = tmp_path / "house"
    (folder / "theme").mkdir(parents=True)
    (folder / "__init__.py").touch()
    before = content_digest(folder)
    (folder / "theme" / "theme.css").write_text("h1 {}")
    after = content_digest(folder)
    (folder / "__pycache__").mkdir()
    (folder / "__pycache__" / "x.pyc").touch()
    assert before != after == content_digest(folder)


def test_failed_import_tried_again(tmp_path: Path) -> None:
    path = tmp_path / "house.py"
    path.write_text("1 / 0\n")
    plugin = LocalPlugin(path, "plugins/house.py")
    for _ in range(2):
        (loaded,) = PluginRegistry.load({}, [], local=[plugin]).plugins
        assert loaded.status is PluginStatus.BROKEN
        assert "ZeroDivisionError" in (loaded.problem or "")
        assert "local-plugins" in (loaded.remedy or "")


@pytest.mark.parametrize("names", ["house", "plugins/house.py", "local-plugins"])
def test_blocked_by_name(tmp_path: Path, names: str) -> None:
    path = tmp_path / "house.py"
    path.write_text("raise SystemExit\n")
    plugin = LocalPlugin(path, "plugins/house.py")
    registry = PluginRegistry.load({"CLM_BLOCK_PLUGINS": names}, [], local=[plugin])
    assert [p.status for p in registry.plugins] == [PluginStatus.BLOCKED]
