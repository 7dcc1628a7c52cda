"""Search for the programs that converters use, and a cache of their versions.

No file of a course can choose a program: only the user can, with an environment variable.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from clm.package_metadata import package_version
from clm.passed_environment import passed_environment, secret_values

__all__ = [
    "BROWSER_VARIABLE",
    "browser_installer",
    "browser_version",
    "find_browser",
    "find_program",
    "installer",
    "package_version",
    "passed_environment",
    "program_version",
    "secret_values",
]

BROWSER_VARIABLE = "CLM_BROWSER"
"""The environment variable with the browser to use: a path or a name."""

_BROWSERS = (
    *("google-chrome-stable", "google-chrome", "chrome", "chromium", "chromium-browser"),
    *("microsoft-edge-stable", "microsoft-edge", "msedge"),
)
_MAC_APPS = (
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Chromium.app/Contents/MacOS/Chromium",
    "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
_WINDOWS_PROGRAMS = (
    r"Google\Chrome\Application\chrome.exe",
    r"Chromium\Application\chrome.exe",
    r"Microsoft\Edge\Application\msedge.exe",
)
_BROWSER_INSTALLERS = {
    "linux": ("apt-get", "install", "--yes", "chromium"),
    "darwin": ("brew", "install", "--cask", "google-chrome"),
    "win32": (
        *("winget", "install", "--id", "Google.Chrome", "--exact"),
        *("--accept-package-agreements", "--accept-source-agreements"),
    ),
}
_VERSION = re.compile(r"\d+(?:\.\d+){1,3}")
_FOLDER_OF_VERSION = re.compile(r"\d+(?:\.\d+){3}")
_VERSION_SECONDS = 30.0
# Programs there are links to one launcher, which stays the same when the program changes.
_NOT_CACHED = ("/snap/", "/flatpak/")


def find_program(
    names: Iterable[str], places: Iterable[Path] = (), *, variable: str = ""
) -> Path | None:
    """The first of these programs that is found; None if there is none.

    The search covers the `PATH`, the folder of the running Python (where pip installs programs,
    even if the environment is not activated), then `places`. If the environment variable
    `variable` is set, it alone determines the program.
    """
    if variable and (chosen := os.environ.get(variable)):
        return _which(chosen)
    for name in names:
        if found := _which(name) or _which(name, str(Path(sys.executable).parent)):
            return found
    return next((place for place in places if place.is_file()), None)


def find_browser() -> Path | None:
    """Chrome, Chromium or Edge: the one in `CLM_BROWSER` if set, else the first found."""
    return find_program(_BROWSERS, _browser_places(), variable=BROWSER_VARIABLE)


def browser_installer() -> tuple[str, ...] | None:
    """The command that installs a browser on this system; see `installer`."""
    return installer(_BROWSER_INSTALLERS)


def installer(commands: Mapping[str, tuple[str, ...]]) -> tuple[str, ...] | None:
    """The command for this system, from `commands` by `sys.platform`, for `CheckResult.fix`.

    None if there is no command, or if its program is not installed.
    """
    command = commands.get(sys.platform)
    return command if command and find_program([command[0]]) else None


def program_version(program: Path, folder: Path | None = None) -> str:
    """The version that `program --version` prints, such as `156.0.8078.79`; empty if none.

    Running the program takes a tenth of a second or more, so the version is cached in `folder`,
    by default the user's cache folder, until the program's file changes.
    """
    from clm.installed.kept import cache_folder, read_json, write_json  # few commands need them

    try:
        status = program.stat()
    except OSError:
        return ""
    key = f"{program.resolve()}|{status.st_mtime_ns}|{status.st_size}"
    file = (folder or cache_folder()) / "versions.json"
    known = read_json(file)
    if key in known:
        return str(known[key])
    version = _query_version(program)
    if version and not any(part in str(program) for part in _NOT_CACHED):
        write_json(file, known | {key: version})
    return version


def browser_version(program: Path) -> str:
    """The version of a browser, as in `program_version`."""
    if sys.platform == "win32":
        return _version_from_folder(program)
    return program_version(program)


def _which(name: str, path: str | None = None) -> Path | None:
    # Not in relative folders, and one by one: on Windows, `shutil.which` would look into the
    # current folder first, which may be that of a course.
    if os.path.dirname(name):  # noqa: PTH120  # `./tool`, which is no other for `Path`
        folders, endings = [""], [""]
    else:
        path = os.environ.get("PATH", os.defpath) if path is None else path
        folders = [folder for folder in path.split(os.pathsep) if Path(folder).is_absolute()]
        endings = _endings(name)
    candidates = (os.path.join(f, f"{name}{e}") for f in folders for e in endings)  # noqa: PTH118
    return next((Path(found) for c in candidates if (found := shutil.which(c))), None)


def _endings(name: str) -> list[str]:
    """What may stand after the name of a program in the name of its file."""
    if sys.platform != "win32":
        return [""]
    known = [ending for ending in os.environ.get("PATHEXT", ".EXE").split(os.pathsep) if ending]
    return [""] if name.lower().endswith(tuple(map(str.lower, known))) else known


def _browser_places() -> list[Path]:
    if sys.platform == "darwin":
        folders = (Path("/Applications"), Path.home() / "Applications")
        return [folder / app for folder in folders for app in _MAC_APPS]
    if sys.platform == "win32":
        variables = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")
        roots = [Path(os.environ[v]) for v in variables if v in os.environ]
        return [root / program for root in roots for program in _WINDOWS_PROGRAMS]
    return [Path("/opt/google/chrome/chrome"), Path("/snap/bin/chromium")]


def _version_from_folder(program: Path) -> str:
    """The version from a folder beside the program: on Windows `--version` opens a window."""
    versions = [p.name for p in program.parent.iterdir() if _FOLDER_OF_VERSION.fullmatch(p.name)]
    return max(versions, key=lambda v: [int(n) for n in v.split(".")], default="")


def _query_version(program: Path) -> str:
    try:
        completed = subprocess.run(
            [str(program), "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_VERSION_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    match = _VERSION.search(completed.stdout)
    return match[0] if match else ""
