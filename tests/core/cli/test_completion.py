"""Completions in real shells."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from clm.cli.main import main

SPEC = """\
name: Course
sections:
  - {name: {de: Eins, en: One}, topics: [intro, introspection]}
"""
BASH = """
COMP_WORDS=({words}); COMP_CWORD={last}
_clm_completion clm
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
Offered = Callable[..., list[str]]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a course, and `clm` on the path, without the installed plugins."""
    (tmp_path / "course.yaml").write_text(SPEC)
    (tmp_path / "notes.txt").touch()
    (tmp_path / "slides").mkdir()
    program = tmp_path / "bin" / "clm"
    program.parent.mkdir()
    program.write_text(f"#!{sys.executable}\nfrom clm.cli.main import run\nrun()\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setenv("CLM_LOAD_PLUGINS", "none-of-them")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def asked(shell: str, script: str) -> list[str]:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    run = subprocess.run(
        [shell, "-c", script], capture_output=True, text=True, timeout=60, check=True
    )
    assert run.stderr == ""
    return [line for line in run.stdout.splitlines() if line]


@pytest.fixture
def bash(folder: Path, capsys: pytest.CaptureFixture[str]) -> Offered:
    assert main(["completion", "bash"]) == 0
    script = capsys.readouterr().out

    def offered(*words: str) -> list[str]:
        quoted = " ".join(f"'{word}'" for word in ("clm", *words))
        lines = BASH.format(words=quoted, last=len(words))
        # Outside of an interactive completion, compopt only prints an error.
        return asked("bash", f"{script}\ncompopt() {{ :; }}\n{lines}")

    return offered


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["bui"], ["build"]),
        (["new", ""], ["deck", "section"]),
        (["build", "--fo"], ["--force-db-init", "--force"]),
        (["completion", ""], ["bash", "fish", "zsh"]),
        (["report", "cour"], ["course.yaml"]),
        (["new", "deck", "Title", "--topic", "intro"], ["intro", "introspection"]),
        (["new", "deck", "Title", "--section", "O"], ["One"]),
    ],
)
def test_bash_offers_matching_words(bash: Offered, words: Sequence[str], wanted: list[str]):
    offered = bash(*words)
    assert [word for word in wanted if word not in offered] == []


def test_bash_offers_only_spec_files(bash: Offered):
    assert [word for word in bash("report", "") if "." in word] == ["course.yaml"]


@pytest.mark.parametrize("spec", ["name: [", "sections: 1", None])
def test_unreadable_course_offers_nothing(bash, folder, spec):
    if spec is None:
        (folder / "course.yaml").unlink()
    else:
        (folder / "course.yaml").write_text(spec)
    assert bash("new", "deck", "Title", "--topic", "in") == []


def test_fish_offers_commands_with_help(folder, capsys):
    assert main(["completion", "fish"]) == 0
    script = capsys.readouterr().out
    offered = asked("fish", f"{script}\ncomplete --do-complete 'clm bui'")
    assert offered == ["build\tBuild a course."]


def test_zsh_offers_commands_with_help(folder, capsys):
    assert main(["completion", "zsh"]) == 0
    script = capsys.readouterr().out
    told = "_describe() { print -l -- ${(P)3} }\ncompadd() { print -l -- ${@[$#]} }\ncompdef() { }"
    call = "words=(clm bui); CURRENT=2; _clm_completion"
    assert "build:Build a course." in asked("zsh", f"{told}\n{script}\n{call}")


def test_completion_imports_no_command():
    program = (
        "import sys; from clm.cli.main import main\n"
        "try: main([])\n"
        "except SystemExit: pass\n"
        "unwanted = {'clm.cli.commands.courses.build', 'clm.cli.commands.courses.watch', 'rich'}\n"
        "print(sorted(unwanted & set(sys.modules)))"
    )
    words = {"_CLM_COMPLETE": "bash_complete", "COMP_WORDS": "clm b", "COMP_CWORD": "1"}
    run = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | words | {"CLM_LOAD_PLUGINS": "none-of-them"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.splitlines() == ["plain,build", "[]"]
