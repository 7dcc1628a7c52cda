"""The package of a new plugin."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import attrs
import pytest

from clm.authoring.new_course import write_files
from clm.authoring.new_plugin import CORE_WORDS, PluginNames, plugin_files
from clm.cli.main import main
from clm.errors import UsageError
from clm.limits import Limits

CORE = Path(__file__).parents[3] / "clm-core" / "src"


@pytest.mark.parametrize("given", ["my-thing", "My_Thing", "my..thing", "clm-plugin-my-thing"])
def test_plugin_name_normalised(given):
    names = PluginNames.of(given)
    assert names.name == names.class_name.replace("MyThing", "my-thing") == "my-thing"
    assert names.distribution == "clm-plugin-my-thing"
    assert names.package == "clm_plugin_my_thing"


@pytest.mark.parametrize(
    "given",
    ["", ".", "..", "../x", "a/b", "a\\b", "-x", "x-", "3d", "ä", "a b", "a\n", "x" * 31, "$name"],
)
def test_invalid_package_name_refused(given):
    with pytest.raises(UsageError, match="invalid plugin name"):
        PluginNames.of(given)


@pytest.mark.parametrize("given", ["clm", "Core", "clm-plugin-sqlite", "CLM_plugin.DB"])
def test_core_words_refused(given):
    with pytest.raises(UsageError, match="is reserved by CLM"):
        PluginNames.of(given)


@pytest.mark.parametrize("given", ["true", "False", "null"])
def test_yaml_non_string_name_refused(given):
    with pytest.raises(UsageError, match="is a YAML keyword"):
        PluginNames.of(given)


@pytest.mark.parametrize("given", ["contract", "conversion", "conftest", "plugin-x"])
def test_every_name_has_all_files(given):
    assert len(plugin_files(PluginNames.of(given))) == len(plugin_files(PluginNames.of("x")))


def test_installed_plugin_name_refused():
    with pytest.raises(UsageError, match="already installed"):
        PluginNames.of("Shout", taken=["shout"])


def test_core_variables_are_reserved():
    text = "".join(path.read_text(encoding="utf-8") for path in CORE.rglob("*.py"))
    variables = {*re.findall(r"\bCLM_([A-Z]+)", text)}
    variables |= {field.name.partition("_")[0].upper() for field in attrs.fields(Limits)}
    assert {name.lower() for name in variables} <= CORE_WORDS


@pytest.mark.parametrize("picture", [False, True], ids=["pages", "pictures"])
@pytest.mark.parametrize("name", ["x", "a-rather-long-name-for-a-plugin"[:30].rstrip("-")])
def test_generated_files_pass_ruff(name, picture, tmp_path):
    write_files(tmp_path, plugin_files(PluginNames.of(name), picture=picture))
    ruff = shutil.which("ruff", path=str(Path(sys.executable).parent))
    assert ruff, "ruff is not installed beside this Python"
    for command in (["check"], ["format", "--check"]):
        done = subprocess.run(
            [ruff, *command, "--no-cache"], cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_pyproject_has_plugin_names():
    files = plugin_files(PluginNames.of("my-thing"))
    project = tomllib.loads(files["pyproject.toml"].decode())["project"]
    assert project["name"] == "clm-plugin-my-thing"
    assert project["entry-points"] == {"clm.plugins": {"my-thing": "clm_plugin_my_thing.plugin"}}
    assert "src/clm_plugin_my_thing/plugin.py" in files


@pytest.mark.parametrize("picture", [False, True], ids=["pages", "pictures"])
def test_no_placeholder_left(picture):
    for path, content in plugin_files(PluginNames.of("my-thing"), picture=picture).items():
        text = re.sub(r"\$\{\{ [a-z.]+ \}\}", "", content.decode())
        assert "$" not in text, path


def test_command_writes_package(tmp_path, capsys):
    assert main(["plugins", "new", "my-thing", str(tmp_path)]) == 0
    folder = tmp_path / "clm-plugin-my-thing"
    written = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert written == set(plugin_files(PluginNames.of("my-thing")))
    assert "pip install -e" in capsys.readouterr().out


def test_command_writes_plugin_for_pictures(tmp_path):
    assert main(["plugins", "new", "my-thing", "--picture", str(tmp_path)]) == 0
    folder = tmp_path / "clm-plugin-my-thing"
    written = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
    assert set(written) == set(plugin_files(PluginNames.of("my-thing"), picture=True))
    assert "stage=0" in written["src/clm_plugin_my_thing/plugin.py"].read_text()


def test_converter_of_pictures_is_short():
    files = plugin_files(PluginNames.of("my-thing"), picture=True)
    worker = files["src/clm_plugin_my_thing/worker.py"].decode()
    assert len(worker.splitlines()) < 60


def test_course_has_no_package_for_pictures(tmp_path, capsys):
    assert main(["plugins", "new", "x", "--picture", "--local", str(tmp_path)]) == 2
    assert "--picture cannot be combined with --local" in capsys.readouterr().err


def test_existing_folder_untouched(tmp_path, capsys):
    folder = tmp_path / "clm-plugin-my-thing"
    folder.mkdir()
    assert main(["plugins", "new", "my-thing", str(tmp_path)]) == 2
    assert "already exists" in capsys.readouterr().err
    assert list(folder.iterdir()) == []
