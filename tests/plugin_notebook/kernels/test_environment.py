"""Digests of environments, which are the same wherever the same packages are installed."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from clm.installed import source_trees
from clm_plugin_notebook.kernels import environment
from clm_plugin_notebook.kernels.environment import environment_digest, kernel_digest
from clm_plugin_notebook.kernels.packages import packages_in


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for digests of sources, which is the user's otherwise."""
    folder = tmp_path / "cache of digests"
    monkeypatch.setattr(source_trees, "cache_folder", lambda: folder)
    return folder


def installed(site: Path, name: str = "library", version: str = "1.0", **files: str) -> Path:
    """Metadata of a package as an installer writes it; `files` by their names with `_` for `.`."""
    metadata = site / f"{name}-{version}.dist-info"
    metadata.mkdir(parents=True)
    for file, text in files.items():
        (metadata / file.replace("_json", ".json")).write_text(text)
    return metadata


def direct_url(url: str, **more: object) -> str:
    return json.dumps({"url": url, **more})


def other_python(folder: Path, *, version: str = "3.12.1") -> str:
    """An interpreter without packages, as in a virtual environment."""
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("")
    (folder / "pyvenv.cfg").write_text(f"home = {folder}\nversion = {version}\n")
    (folder / "lib" / "python3.12" / "site-packages").mkdir(parents=True)
    return str(python)


def site_of(python: str) -> Path:
    return Path(python).parents[1] / "lib" / "python3.12" / "site-packages"


def test_path_not_in_digest(tmp_path: Path) -> None:
    pythons = [other_python(tmp_path / name) for name in ("one", "two/deeper")]
    for python in pythons:
        installed(site_of(python))
    assert environment_digest(pythons[0]) == environment_digest(pythons[1])


def test_time_not_in_digest(tmp_path: Path) -> None:
    metadata = installed(tmp_path)
    before = packages_in(str(tmp_path))
    os.utime(metadata, (1, 1))
    assert packages_in(str(tmp_path)) == before


def test_interpreter_version_in_digest(tmp_path: Path) -> None:
    pythons = [other_python(tmp_path / v, version=v) for v in ("3.12.1", "3.12.2")]
    assert environment_digest(pythons[0]) != environment_digest(pythons[1])


def test_version_in_digest(tmp_path: Path) -> None:
    pythons = [other_python(tmp_path / version) for version in ("1.0", "1.1")]
    for python, version in zip(pythons, ("1.0", "1.1"), strict=True):
        installed(site_of(python), version=version)
    assert environment_digest(pythons[0]) != environment_digest(pythons[1])


@pytest.mark.parametrize("name", ["clm", "clm_plugin_notebook", "clm_plugin_other"])
def test_own_packages_not_in_digest(tmp_path: Path, name: str) -> None:
    installed(tmp_path, name)
    assert packages_in(str(tmp_path)) == set()


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_plugins_of_others_not_in_digest(tmp_path: Path, version: str) -> None:
    first = packages_in(str(tmp_path))
    points = "[console_scripts]\nshout = acme:main\n[clm.plugins]\nshout = acme.plugin\n"
    installed(tmp_path, "acme_converters", version, **{"entry_points.txt": points})
    assert packages_in(str(tmp_path)) == first


@pytest.mark.parametrize("name", ["clmath", "my_clm", "clm_other"])
def test_similar_names_in_digest(tmp_path: Path, name: str) -> None:
    installed(tmp_path, name)
    assert len(packages_in(str(tmp_path))) == 1


def test_spelling_of_name_ignored(tmp_path: Path) -> None:
    for folder, name in (("one", "My.Library"), ("two", "my_library")):
        installed(tmp_path / folder, name)
    assert packages_in(str(tmp_path / "one")) == packages_in(str(tmp_path / "two"))


def editable(folder: Path, text: str) -> set[tuple[str, str]]:
    project = folder / "project with space"
    (project / "src").mkdir(parents=True)
    (project / "src" / "module.py").write_text(text)
    url = project.as_uri()
    installed(folder / "site", direct_url_json=direct_url(url, dir_info={"editable": True}))
    return packages_in(str(folder / "site"))


def test_editable_source_in_digest(tmp_path: Path) -> None:
    one, same, other = (
        editable(tmp_path / name, text) for name, text in (("a", "x"), ("b", "x"), ("c", "y"))
    )
    assert one == same != other


def test_caches_and_tests_of_editable_ignored(tmp_path: Path) -> None:
    before = editable(tmp_path, "x")
    project = tmp_path / "project with space"
    for name in ("src/__pycache__/module.pyc", ".git/index", "tests/test_x.py", ".venv/lib/y.py"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text("other")
    assert packages_in(str(tmp_path / "site")) == before


def local(folder: Path, *rows: str) -> set[tuple[str, str]]:
    url = direct_url(f"file://{folder}/library-1.0-py3-none-any.whl", archive_info={})
    installed(folder, direct_url_json=url, RECORD="".join(f"{row}\n" for row in rows))
    return packages_in(str(folder))


def test_content_of_local_package_in_digest(tmp_path: Path) -> None:
    one, other = (local(tmp_path / d, f"library.py,sha256={d},3") for d in ("one", "two"))
    assert one != other


def test_what_installers_add_ignored(tmp_path: Path) -> None:
    by_pip = local(
        tmp_path / "pip",
        "library.py,sha256=x,3",
        "__pycache__/library.cpython-312.pyc,,",
        "../../../bin/library,sha256=y,200",
        "library-1.0.dist-info/INSTALLER,sha256=z,4",
        "library-1.0.dist-info/RECORD,,",
    )
    by_another = local(
        tmp_path / "other", "library-1.0.dist-info/uv_cache.json,,", "library.py,sha256=x,3"
    )
    assert by_pip == by_another


def test_commit_in_digest(tmp_path: Path) -> None:
    for name in ("a", "b"):
        info = {"vcs": "git", "commit_id": name * 40}
        installed(tmp_path / name, direct_url_json=direct_url("https://x.org/y", vcs_info=info))
    assert packages_in(str(tmp_path / "a")) != packages_in(str(tmp_path / "b"))


@pytest.mark.parametrize("text", ["", "{", "[]", '{"url": 3}', '{"dir_info": {"editable": true}}'])
def test_damaged_direct_url_is_no_error(tmp_path: Path, text: str) -> None:
    installed(tmp_path, direct_url_json=text)
    assert len(packages_in(str(tmp_path))) == 1


def kernel(folder: Path, monkeypatch: pytest.MonkeyPatch, program: str) -> str:
    """The digest of a kernel whose program is below a folder."""
    tool = folder / "tool"
    spec = folder / "kernels" / "mine"
    spec.mkdir(parents=True)
    tool.write_text(program)
    argv = [str(tool), "-f", "{connection_file}", "{resource_dir}/kernel.json"]
    (spec / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "Mine"}))
    (spec / "kernel.json").write_text(json.dumps({"argv": argv[:3], "display_name": "Mine"}))
    monkeypatch.setenv("JUPYTER_PATH", str(folder))
    return kernel_digest("mine")


def test_path_of_kernel_not_in_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = kernel(tmp_path / "one", monkeypatch, "x")
    assert one == kernel(tmp_path / "two", monkeypatch, "x")
    assert one != kernel(tmp_path / "three", monkeypatch, "y")


def test_end_of_large_kernel_in_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start = "x" * 300_000
    ends = [kernel(tmp_path / end, monkeypatch, start + end) for end in "ab"]
    assert ends[0] != ends[1]


def test_packages_of_kernel_in_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digests = []
    for place, version in (("one", "1.0"), ("two", "1.0"), ("three", "1.1")):
        python = other_python(tmp_path / place / "venv")
        Path(python).chmod(0o755)
        installed(site_of(python), "other_kernel", version)
        spec = tmp_path / place / "kernels" / "mine"
        spec.mkdir(parents=True)
        argv = [python, "-m", "other_kernel", "-f", "{connection_file}"]
        (spec / "kernel.json").write_text(json.dumps({"argv": argv}))
        monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / place))
        digests.append(kernel_digest("mine"))
    assert digests[0] == digests[1] != digests[2]


def wheel(folder: Path, text: str) -> Path:
    """A wheel of a library with one module."""
    content = {"library.py": text, "library-1.0.dist-info/METADATA": METADATA, **WHEEL}
    rows = [f"{name},{_sha(data)},{len(data)}" for name, data in content.items()]
    content["library-1.0.dist-info/RECORD"] = "\n".join([*rows, "library-1.0.dist-info/RECORD,,"])
    path = folder / "library-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return path


METADATA = "Metadata-Version: 2.1\nName: library\nVersion: 1.0\n"
WHEEL = {"library-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n"
         "Tag: py3-none-any\nGenerator: test\n"}  # fmt: skip


def _sha(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return "sha256=" + base64.urlsafe_b64encode(digest).decode().rstrip("=")


@pytest.mark.slow
def test_two_real_environments_have_one_digest(tmp_path: Path) -> None:
    digests = []
    for name, text in (("one", "x = 1\n"), ("second place", "x = 1\n"), ("other", "x = 2\n")):
        venv = tmp_path / name / "venv"
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        python = next(venv / place for place in ("bin/python", "Scripts/python.exe")
                       if (venv / place).exists())  # fmt: skip
        pip = [python, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
        subprocess.run([*pip, wheel(tmp_path / name, text)], check=True)
        digests.append(environment.environment_digest(str(python)))
    assert digests[0] == digests[1] != digests[2]
