"""A package to begin a plugin with: a job type, a worker, settings, a check, and tests of all."""

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
# Where a course spec has a plugin's settings, these would be read as something else.
_YAML_WORDS = frozenset({"false", "null", "true"})

# Names that mean something in CLM: of its own backends and commands, and the beginnings of its
# own variables in the environment, where those of a plugin's settings begin with its name.
CORE_WORDS = frozenset(
    {
        "block",
        "browser",
        "build",
        "cache",
        "check",
        "clm",
        "complete",
        "config",
        "core",
        "db",
        "doctor",
        "hung",
        "inline",
        "jobs",
        "kept",
        "limits",
        "load",
        "log",
        "plugin",
        "plugins",
        "sqlite",
        "status",
        "testing",
        "update",
        "watch",
        "worker",
        "workers",
    }
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


@frozen
class PluginNames:
    """The names of a new plugin: `name` is that of its entry point and its job type."""

    name: str

    @classmethod
    def of(cls, given: str, taken: Iterable[str] = ()) -> PluginNames:
        """The names that come of what an author calls the plugin, with `clm-plugin-` or without.

        It is normalised as the index of Python packages does: `My_Thing` becomes `my-thing`.

        Raises:
            UsageError: no package can have the name, it means something in CLM, or it is `taken`.
        """
        name = re.sub(r"[-_.]+", "-", given).lower().removeprefix(_PREFIX)
        if not _GIVEN.fullmatch(given) or not _NAME.fullmatch(name) or len(name) > _LONGEST:
            raise UsageError(
                f"{given!r} is no name for a plugin",
                hint=f"take up to {_LONGEST} letters (a to z), digits and `-`, a letter first",
            )
        if name in CORE_WORDS:
            raise UsageError(
                f"{name!r} means something in CLM itself", hint="take a name that it does not use"
            )
        if name in _YAML_WORDS:
            raise UsageError(
                f"{name!r} is no text in a course spec, which is YAML", hint="take another name"
            )
        if name in taken:
            raise UsageError(
                f"a plugin {name!r} is installed already",
                hint="`clm plugins list` shows the names that are taken",
            )
        return cls(name)

    @property
    def distribution(self) -> str:
        return f"{_PREFIX}{self.name}"

    @property
    def package(self) -> str:
        return self.distribution.replace("-", "_")

    @property
    def class_name(self) -> str:
        return "".join(part.capitalize() for part in self.name.split("-"))


def plugin_files(names: PluginNames) -> dict[str, bytes]:
    """The files of the package by their paths in its folder."""
    values = {
        "name": names.name,
        "distribution": names.distribution,
        "package": names.package,
        "class_name": names.class_name,
        "clm_version": ".".join(__version__.split(".")[:2]),
        "api_version": str(API_VERSION),
    }
    return {
        Template(path).substitute(values): _text(template, values).encode()
        for path, template in _FILES.items()
    }


def _text(template: str | None, values: dict[str, str]) -> str:
    if template is None:
        return ""
    source = files("clm.authoring") / "plugin_template" / template
    return Template(source.read_text(encoding="utf-8")).substitute(values)
