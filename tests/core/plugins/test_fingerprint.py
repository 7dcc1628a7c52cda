"""Fingerprints: what the plugin says, and the files of a plugin that is not from an index."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clm.errors import ClmError
from clm.installed import source_trees
from clm.plugins.fingerprint import fingerprint_of, refuse_other_sources

FROM_INDEX = {"RECORD": ""}
EDITABLE = {"RECORD": "", "direct_url.json": '{"url": "file:///x", "dir_info": {"editable": true}}'}
ARCHIVE = {"RECORD": "", "direct_url.json": '{"url": "file:///x.whl", "archive_info": {}}'}
VCS = {"RECORD": "", "direct_url.json": '{"url": "https://x", "vcs_info": {"vcs": "git"}}'}
OLD_LINK: dict[str, str] = {}
NOT_FROM_INDEX = (EDITABLE, ARCHIVE, VCS, OLD_LINK)

Install = Callable[..., Path]


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_trees, "cache_folder", lambda: tmp_path / "cache")


@pytest.fixture
def install(site: Any, job_type_source: Any, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Installs a package `<name>` with a plugin and a worker; returns the package's folder."""

    def install_as(
        metadata: dict[str, str], name: str = "pack", version: str = "1.0", worker: str = ""
    ) -> Path:
        package: Path = site.folder.joinpath(*name.split("."))
        package.mkdir(parents=True, exist_ok=True)
        (package / "__init__.py").write_text("")
        changes = f"worker={worker or name + '.worker'!r} + ':Converter'"
        (package / "plugin.py").write_text(job_type_source("thing", changes))
        (package / "worker.py").write_text("class Converter: ...")
        for old in site.folder.glob("*.dist-info"):
            shutil.rmtree(old)
        site.info("Clm_Thing", version, f"[clm.plugins]\nthing = {name}.plugin\n")
        (folder,) = site.folder.glob("*.dist-info")
        for file, text in metadata.items():
            (folder / file).write_text(text)
        for module in list(sys.modules):
            if module.partition(".")[0] == name.partition(".")[0]:
                monkeypatch.delitem(sys.modules, module)
        return package

    return install_as


@pytest.fixture
def fingerprint(site: Any) -> Callable[[], str]:
    """The fingerprint as a new process has it."""
    return lambda: fingerprint_of(site.load(), "thing")


def test_plugin_says_fingerprint(install: Install, fingerprint: Callable[[], str]) -> None:
    install(FROM_INDEX)
    assert fingerprint() == "clm-thing: 1"


@pytest.mark.parametrize("metadata", [FROM_INDEX, *NOT_FROM_INDEX])
def test_release_alone_changes_nothing(
    install: Install, fingerprint: Callable[[], str], metadata: dict[str, str]
) -> None:
    install(metadata)
    first = fingerprint()
    install(metadata, version="2.0")
    assert fingerprint() == first


@pytest.mark.parametrize("metadata", NOT_FROM_INDEX)
@pytest.mark.parametrize("file", ["plugin.py", "worker.py", "page.css"])
def test_edited_files_change_fingerprint(
    install: Install, fingerprint: Callable[[], str], metadata: dict[str, str], file: str
) -> None:
    package = install(metadata)
    first = fingerprint()
    with (package / file).open("a") as stream:
        stream.write("# edited")
    assert fingerprint() != first


def test_files_of_release_not_read(install: Install, fingerprint: Callable[[], str]) -> None:
    package = install(FROM_INDEX)
    first = fingerprint()
    (package / "worker.py").write_text("class Converter: edited = True")
    assert fingerprint() == first


def test_place_and_kind_of_install_irrelevant(
    install: Install, fingerprint: Callable[[], str]
) -> None:
    found = set()
    for metadata in NOT_FROM_INDEX:
        install(metadata)
        found.add(fingerprint())
    assert len(found) == 1


def test_worker_of_other_package_counts(install: Install, fingerprint: Callable[[], str]) -> None:
    package = install(EDITABLE, worker="lone_worker")
    other = package.parent / "lone_worker.py"
    other.write_text("class Converter: ...")
    first = fingerprint()
    other.write_text("class Converter: edited = True")
    assert fingerprint() != first


def test_other_parts_of_namespace_ignored(
    install: Install, fingerprint: Callable[[], str], site: Any
) -> None:
    package = install(EDITABLE, name="space.pack")
    (site.folder / "space" / "__init__.py").unlink(missing_ok=True)
    first = fingerprint()
    (site.folder / "space" / "other").mkdir()
    (site.folder / "space" / "other" / "__init__.py").write_text("x = 1")
    assert fingerprint() == first
    (package / "worker.py").write_text("class Converter: edited = True")
    assert fingerprint() != first


def test_same_text_of_other_plugin_differs(
    install: Install, fingerprint: Callable[[], str], site: Any
) -> None:
    install(FROM_INDEX)
    first = fingerprint()
    (folder,) = site.folder.glob("*.dist-info")
    metadata = folder / "METADATA"
    metadata.write_text(metadata.read_text().replace("Clm_Thing", "acme-thing"))
    assert fingerprint() != first


def test_job_of_other_files_refused(install: Install, site: Any) -> None:
    package = install(EDITABLE)
    plugins = site.load()
    planned = fingerprint_of(plugins, "thing")
    (package / "worker.py").write_text("class Converter: edited = True")
    assert fingerprint_of(plugins, "thing") == planned
    refuse_other_sources(plugins, "thing", planned)
    with pytest.raises(
        ClmError, match=r"files of plugin .thing. of Clm_Thing 1\.0 have changed"
    ) as caught:
        refuse_other_sources(site.load(), "thing", planned)
    assert "build again" in (caught.value.hint or "")


def test_release_refuses_no_job(install: Install, site: Any) -> None:
    install(FROM_INDEX)
    refuse_other_sources(site.load(), "thing", "any")


def test_missing_worker_is_no_error(install: Install, fingerprint: Callable[[], str]) -> None:
    install(EDITABLE, worker="no_such_package.worker")
    assert "sources" in fingerprint()


def test_files_of_clm_in_no_key(site: Any) -> None:
    site.info("clm-echo", "1", "[clm.plugins]\necho = clm.testing.echo_plugin\n")
    assert fingerprint_of(site.load(), "echo") == "clm-echo: echo 1"
