"""Finished builds without a course, and places that are published to."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from attrs import define, field
from killed_publications import Killer
from one_file_plugin import install_plugin
from published_decks import DeckCourse
from published_term import PLUGIN, Term

from clm.builds import (
    Audience,
    BuildOutput,
    CourseInfo,
    CourseSection,
    CourseTopic,
    FinishedBuild,
    OutputTarget,
)
from clm.testing.installing import load_only
from clm_plugin_publish.publishing import Prepared, carry_out, own_folder, prepare
from clm_plugin_publish.settings import Destination

NOW = datetime(2027, 3, 1, 8, tzinfo=UTC)


@define
class Published:
    """A course whose outputs are the given texts by path, and its publications.

    Paths that begin with `speaker` are not public. The folder below that is the section.
    """

    path: Path
    ok: bool = True
    texts: dict[str, str] = field(factory=dict)

    @property
    def web(self) -> Path:
        return self.path.parent / "web"

    @property
    def output(self) -> Path:
        return self.path / "output"

    def build(self) -> FinishedBuild:
        """The finished build; its files are written."""
        for path, text in self.texts.items():
            file = self.output / path
            file.parent.mkdir(parents=True, exist_ok=True)
            if not file.exists() or file.read_text() != text:
                file.write_text(text)
        topics = (CourseTopic("intro", ("slides/intro.py", "slides/data.csv")),)
        sections = (CourseSection("week", {"en": "Week"}, topics),)
        info = CourseInfo(
            {"en": "Course"}, ("de", "en"), "python", "", {}, self.path / "course.yaml", self.path,
            sections,
        )  # fmt: skip
        return FinishedBuild(
            info, self.output, (OutputTarget("", self.output),), ok=self.ok, complete=True,
            problems=(), outputs=lambda: tuple(self._output(path) for path in sorted(self.texts)),
        )  # fmt: skip

    def _output(self, path: str) -> BuildOutput:
        digest = hashlib.sha256(self.texts[path].encode()).hexdigest()
        is_data = path.endswith(".csv")
        return BuildOutput(
            self.output, path, digest, True, "slides/data.csv" if is_data else "slides/intro.py",
            "" if is_data else "job", "" if is_data else "deck", "", "" if is_data else "Title",
            "week" if "/week/" in path else "", "",
            Audience("de" if "/de/" in path else "en", "completed", "html",
                     not path.startswith("speaker")),
        )  # fmt: skip

    def prepare(self, name: str = "web", **destination: object) -> Prepared:
        given = {"path": "../web", **destination} if "remote" not in destination else destination
        chosen = Destination(**given)
        return prepare(name, chosen, self.build(), own_folder(self.build().course))

    def publish(self, name: str = "web", *, force: bool = False, **destination: object) -> bool:
        prepared = self.prepare(name, **destination)
        return carry_out(prepared, NOW, force=force)

    def published(self, folder: Path | None = None) -> dict[str, str]:
        """The published texts by path, without the record."""
        root = folder or self.web
        files = (file for file in sorted(root.rglob("*")) if file.is_file())
        texts = {file.relative_to(root).as_posix(): file.read_text() for file in files}
        texts.pop(".clm-published.json", None)
        return texts


@pytest.fixture
def course(tmp_path: Path) -> Published:
    folder = tmp_path / "course"
    (folder / "slides").mkdir(parents=True)
    (folder / "slides" / "intro.py").write_text("1")
    made = Published(folder)
    made.texts = {"public/en/week/a.html": "a", "public/en/week/b.html": "b", "speaker/a.html": "s"}
    return made


@pytest.fixture
def run_git(tmp_path: Path) -> Callable[..., str]:
    """Run git in a folder, by default that of the test, and return what it prints."""
    if shutil.which("git") is None:
        pytest.skip("git is not installed (Debian: git)")

    def run(*arguments: object, cwd: Path = tmp_path) -> str:
        command = ["git", *map(str, arguments)]
        done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run


@pytest.fixture
def remote(tmp_path: Path, run_git: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty bare repository; the user is known to git, who has no other configuration."""
    config = tmp_path / "gitconfig"
    config.write_text("[user]\n\tname = Ada\n\temail = ada@example.org\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(config))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    run_git("init", "--quiet", "--bare", "remote.git")
    return tmp_path / "remote.git"


def texts_of(run: Callable[..., str], remote: Path, branch: str = "gh-pages") -> Mapping[str, str]:
    """The texts of a branch by path."""
    names = run("ls-tree", "-r", "--name-only", branch, cwd=remote).splitlines()
    return {name: run("show", f"{branch}:{name}", cwd=remote) for name in names}


@pytest.fixture
def term(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shout: Path, remote: Path
) -> Iterator[Term]:
    """An empty course of lessons; `remote` is an empty repository beside it."""
    install_plugin(shout, "lessons", PLUGIN)
    load_only(monkeypatch, ["lessons", "publish"])
    (tmp_path / "course").mkdir()
    yield Term(tmp_path / "course")


@pytest.fixture
def decks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DeckCourse:
    """A course of real decks on a site, which the test has to write."""
    load_only(monkeypatch, ["notebook", "site", "publish"])
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return DeckCourse(tmp_path / "course", monkeypatch)


@pytest.fixture
def publish(decks: DeckCourse) -> Callable[..., int]:
    """Publish the course of decks on a day."""
    return decks.publish


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for websites on the other machine, which is this one: ssh runs the command."""
    if shutil.which("rsync") is None:
        pytest.skip("rsync is not installed (Debian: rsync)")
    ssh = tmp_path / "bin" / "ssh"
    ssh.parent.mkdir()
    ssh.write_text(
        '#!/bin/sh\nwhile case "$1" in -l) shift;; -*) ;; *) false;; esac; do shift; done\n'
        'shift\nexec sh -c "$*"\n'
    )
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", str(ssh.parent), prepend=os.pathsep)
    (tmp_path / "www").mkdir()
    return tmp_path / "www"


@pytest.fixture
def killer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, remote: Path) -> Killer:
    """A program `git` on the path that kills its caller when it is told to."""
    made = Killer(tmp_path.parent / f"{tmp_path.name}-bin")
    monkeypatch.setenv("PATH", str(made.folder), prepend=os.pathsep)
    return made
