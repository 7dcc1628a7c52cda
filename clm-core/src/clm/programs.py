"""Finding programs that converters use, and their versions, without starting them each time.

No file of a course can choose a program: only the person who builds, by an environment variable.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from clm.package_metadata import package_version

__all__ = [
    "BROWSER_VARIABLE",
    "browser_installer",
    "browser_version",
    "find_browser",
    "find_program",
    "installer",
    "package_version",
    "program_version",
]

BROWSER_VARIABLE = "CLM_BROWSER"
"""The environment variable that names the browser to use."""

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
_ASK_SECONDS = 30.0
# These are links to one starter, which stays the same when what it starts changes.
_NOT_REMEMBERED = ("/snap/", "/flatpak/")


def find_program(
    names: Iterable[str], places: Iterable[Path] = (), *, variable: str = ""
) -> Path | None:
    """The first program of these names that is found, None where there is none.

    It is looked for on the path, beside the running Python (where pip puts programs, also when
    the environment is not activated), then at `places`. Where the environment variable
    `variable` is set, it alone says which program is meant.
    """
    if variable and (chosen := os.environ.get(variable)):
        return _located(chosen)
    for name in names:
        if found := _located(name) or _located(name, str(Path(sys.executable).parent)):
            return found
    return next((place for place in places if place.is_file()), None)


def find_browser() -> Path | None:
    """Chrome, Chromium or Edge: that of the variable `CLM_BROWSER`, else the first found."""
    return find_program(_BROWSERS, _browser_places(), variable=BROWSER_VARIABLE)


def browser_installer() -> tuple[str, ...] | None:
    """The command that installs a browser here; see `installer`."""
    return installer(_BROWSER_INSTALLERS)


def installer(commands: Mapping[str, tuple[str, ...]]) -> tuple[str, ...] | None:
    """Of commands by `sys.platform` that of this system, None where it lacks the program.

    Good for `CheckResult.fix`.
    """
    command = commands.get(sys.platform)
    return command if command and shutil.which(command[0]) else None


def program_version(program: Path, folder: Path | None = None) -> str:
    """What `program --version` says, such as `156.0.8078.79`; empty when it says nothing.

    To ask takes a tenth of a second or more, so the answers are remembered in `folder`, by
    default the user's cache folder, until the program's file changes.
    """
    try:
        status = program.stat()
    except OSError:
        return ""
    key = f"{program.resolve()}|{status.st_mtime_ns}|{status.st_size}"
    file = (folder or _cache_folder()) / "versions.json"
    known = _known(file)
    if key in known:
        return known[key]
    version = _asked(program)
    if version and not any(part in str(program) for part in _NOT_REMEMBERED):
        _remember(file, known | {key: version})
    return version


def browser_version(program: Path) -> str:
    """The version of a browser, as `program_version`."""
    if sys.platform == "win32":
        return _version_beside(program)
    return program_version(program)


def _located(name: str, path: str | None = None) -> Path | None:
    found = shutil.which(name, path=path)
    return Path(found) if found else None


def _browser_places() -> list[Path]:
    if sys.platform == "darwin":
        folders = (Path("/Applications"), Path.home() / "Applications")
        return [folder / app for folder in folders for app in _MAC_APPS]
    if sys.platform == "win32":
        variables = ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")
        roots = [Path(os.environ[v]) for v in variables if v in os.environ]
        return [root / program for root in roots for program in _WINDOWS_PROGRAMS]
    return [Path("/opt/google/chrome/chrome"), Path("/snap/bin/chromium")]


def _version_beside(program: Path) -> str:
    """On Windows `--version` opens a window; the version is the name of a folder there."""
    versions = [p.name for p in program.parent.iterdir() if _FOLDER_OF_VERSION.fullmatch(p.name)]
    return max(versions, key=lambda v: [int(n) for n in v.split(".")], default="")


def _cache_folder() -> Path:
    import platformdirs

    return platformdirs.user_cache_path("clm", appauthor=False)


def _known(file: Path) -> dict[str, str]:
    try:
        known = json.loads(file.read_bytes())
    except (OSError, ValueError):
        return {}
    return {str(k): str(v) for k, v in known.items()} if isinstance(known, dict) else {}


def _remember(file: Path, known: dict[str, str]) -> None:
    # Not to be able to remember is no reason to fail.
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=file.name)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(known, stream)
        Path(name).replace(file)


def _asked(program: Path) -> str:
    try:
        answer = subprocess.run(
            [str(program), "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_ASK_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    match = _VERSION.search(answer.stdout)
    return match[0] if match else ""
