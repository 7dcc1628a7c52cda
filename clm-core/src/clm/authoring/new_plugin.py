"""New plugins: a package with a job type, a worker, settings, a check, and tests."""

from __future__ import annotations

import re
from collections.abc import Iterable
from importlib.resources import files
from string import Template

from attrs import frozen

from clm import __version__
from clm.errors import UsageError
from clm.hookspecs import API_VERSION

_PREFIX = "clm-plugin-"
_GIVEN = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST = 30
# YAML does not read these as strings, so a course spec could not name the plugin.
_YAML_WORDS = frozenset({"false", "null", "true"})

# Reserved names: CLM's backends and commands, and the prefixes of its own environment variables,
# since the environment variables of a plugin's settings begin with the plugin's name.
CORE_WORDS = frozenset(
    {
        "block",
        "broker",
        "browser",
        "build",
        "cache",
        "check",
        "clm",
        "complete",
        "config",
        "contained",
        "core",
        "db",
        "doctor",
        "hung",
        "inline",
        "job",
        "jobs",
        "kept",
        "limits",
        "load",
        "log",
        "pass",
        "plugin",
        "plugins",
        "shared",
        "sqlite",
        "status",
        "testing",
        "update",
        "watch",
        "worker",
        "workers",
    }
)

_OF_PICTURES = frozenset(
    f"{name}.txt"
    for name in ("contract", "conversion", "golden", "init", "plugin", "readme", "worker")
)

# The files of the package, and their templates beside this module.
_FILES = {
    ".github/workflows/ci.yml": "ci.txt",
    ".gitignore": "gitignore.txt",
    "README.md": "readme.txt",
    "pyproject.toml": "pyproject.txt",
    "src/$package/__init__.py": "init.txt",
    "src/$package/payload.py": "payload.txt",
    "src/$package/planning.py": "planning.txt",
    "src/$package/plugin.py": "plugin.txt",
    "src/$package/py.typed": None,
    "src/$package/worker.py": "worker.txt",
    "tests/conftest.py": "fixtures.txt",
    "tests/payloads/$name-1.json": "golden.txt",
    "tests/test_contract.py": "contract.txt",
    "tests/test_conversion.py": "conversion.txt",
}

# Those of a plugin for pictures: its own templates where it has some, and none of other modules.
_PICTURE_FILES = {
    path: f"picture/{template}" if template in _OF_PICTURES else template
    for path, template in _FILES.items()
    if template not in ("payload.txt", "planning.txt")
}


@frozen
class PluginNames:
    """The names of a new plugin; `name` is used for its entry point and job type."""

    name: str

    @classmethod
    def of(cls, given: str, taken: Iterable[str] = ()) -> PluginNames:
        """The names derived from a plugin's name, given with or without the prefix `clm-plugin-`.

        The name is normalised as on PyPI: `My_Thing` becomes `my-thing`.

        Raises:
            UsageError: the name is invalid, reserved or `taken`.
        """
        name = re.sub(r"[-_.]+", "-", given).lower().removeprefix(_PREFIX)
        if not _GIVEN.fullmatch(given) or not _NAME.fullmatch(name) or len(name) > _LONGEST:
            raise UsageError(
                f"invalid plugin name: {given!r}",
                hint=f"use up to {_LONGEST} letters (a to z), digits and hyphens, "
                "starting with a letter",
            )
        if name in CORE_WORDS:
            raise UsageError(
                f"the plugin name {name!r} is reserved by CLM", hint="choose another name"
            )
        if name in _YAML_WORDS:
            raise UsageError(
                f"the plugin name {name!r} is a YAML keyword", hint="choose another name"
            )
        if name in taken:
            raise UsageError(
                f"a plugin named {name!r} is already installed",
                hint="`clm plugins list` lists the names in use",
            )
        return cls(name)

    @property
    def distribution(self) -> str:
        return f"{_PREFIX}{self.name}"

    @property
    def module(self) -> str:
        """The name of the file of a plugin of a course, without its suffix."""
        return self.name.replace("-", "_")

    @property
    def package(self) -> str:
        return self.distribution.replace("-", "_")

    @property
    def class_name(self) -> str:
        return "".join(part.capitalize() for part in self.name.split("-"))


def local_plugin(names: PluginNames) -> bytes:
    """The content of a plugin of a course, in one file."""
    return _text("local.txt", _values(names)).encode()


def plugin_files(names: PluginNames, *, picture: bool = False) -> dict[str, bytes]:
    """The files of the package, of one that makes pages or pictures, by their paths in it."""
    values = {**_values(names), "makes": "pictures" if picture else "pages"}
    return {
        Template(path).substitute(values): _text(template, values).encode()
        for path, template in (_PICTURE_FILES if picture else _FILES).items()
    }


def _values(names: PluginNames) -> dict[str, str]:
    return {
        "name": names.name,
        "distribution": names.distribution,
        "package": names.package,
        "class_name": names.class_name,
        "clm_version": ".".join(__version__.split(".")[:2]),
        "api_version": str(API_VERSION),
    }


def _text(template: str | None, values: dict[str, str]) -> str:
    if template is None:
        return ""
    source = files("clm.authoring") / "plugin_template" / template
    return Template(source.read_text(encoding="utf-8")).substitute(values)
