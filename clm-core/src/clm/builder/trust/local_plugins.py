"""The plugins of a course itself, which its spec names."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from clm.builder.options import BuildOptions
from clm.course.finding import LOCAL_PLUGINS_KEY, may_name_plugins
from clm.errors import Diagnostic, SpecError, UnsafePathError, UsageError
from clm.plugins import PluginRegistry, PluginStatus, discover
from clm.plugins.discovery import BLOCK_VARIABLE, LOCAL
from clm.plugins.local import LocalPlugin

if TYPE_CHECKING:
    from clm.course.spec import CourseSpec

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def with_local_plugins(
    plugins: PluginRegistry,
    spec_path: Path,
    data_dir: Path | None = None,
    *,
    for_builds: bool = False,
) -> PluginRegistry:
    """The registry with the plugins that a course names, loaded; their output goes to stderr.

    Nothing is loaded that the spec does not name.

    Raises:
        SpecError: the spec cannot be read, or names a file that is no plugin of the course.
    """
    if not may_name_plugins(spec_path):
        return plugins
    from clm.course.syntax.reader import load_spec  # as in `_refuse_elsewhere`

    local = local_plugins(load_spec(spec_path), data_dir)
    if not local:
        return plugins
    with redirect_stdout(sys.stderr):
        return PluginRegistry.load(for_builds=for_builds, local=local)


def load_for_build(options: BuildOptions) -> PluginRegistry:
    """The plugins for builds of a course, installed ones and its own; see `with_local_plugins`.

    Raises:
        UsageError: the course has plugins of its own, but its jobs run in containers or elsewhere.
    """
    installed = PluginRegistry.load(for_builds=True)
    _refuse_elsewhere(options)
    return with_local_plugins(installed, options.spec_path, options.data_dir, for_builds=True)


def _refuse_elsewhere(options: BuildOptions) -> None:
    # Whoever runs the code of a course in containers does not want it to run in this process.
    if not may_name_plugins(options.spec_path):
        return
    from clm.course.syntax.reader import load_spec  # few courses have plugins of their own
    from clm.workers.pool.executors import DIRECT

    spec = load_spec(options.spec_path)
    executors = options.executors or spec.executors
    others = [text for text in executors if text.rpartition("=")[2] != DIRECT]
    found = discover(entry_points=(), local=local_plugins(spec, options.data_dir))
    loaded = [plugin for plugin in found if plugin.status is not PluginStatus.BLOCKED]
    if others and loaded:
        raise UsageError(
            f"the course has a plugin of its own, {loaded[0].distribution}, which runs in the "
            f"building process and not by the executor {others[0]!r}",
            hint=f"build with the executor {DIRECT!r} if you trust the course, or leave its "
            f"plugins out: {BLOCK_VARIABLE}={LOCAL}",
        )


def local_plugins(spec: CourseSpec, data_dir: Path | None = None) -> tuple[LocalPlugin, ...]:
    """The plugins that a spec names.

    Raises:
        SpecError: with all files that are no plugins of the course.
    """
    from clm.course.course import usual_data_dir  # as in `_refuse_elsewhere`

    root = data_dir.resolve() if data_dir is not None else usual_data_dir(spec)
    found: list[LocalPlugin] = []
    problems: list[Diagnostic] = []
    for at, text in enumerate(spec.local_plugins):
        plugin = LocalPlugin(root / text, text)
        for message in _faults(plugin, root, found):
            place = spec.place_of(LOCAL_PLUGINS_KEY, at)
            hint = "name a file such as `plugins/house.py`, relative to the data folder"
            problems.append(Diagnostic(message, place=place, hint=hint, excerpt=text))
        found.append(plugin)
    if problems:
        raise SpecError(problems)
    return tuple(found)


def _faults(plugin: LocalPlugin, root: Path, others: list[LocalPlugin]) -> Iterator[str]:
    from clm.course.paths.safe_folders import safe_join  # as in `_refuse_elsewhere`

    text = plugin.label
    try:
        safe_join(root, PurePosixPath(text))
    except UnsafePathError:
        yield f"the plugin {text!r} is not in the data folder"
        return
    path = plugin.path
    if not (path / "__init__.py" if path.is_dir() else path).is_file():
        yield f"there is no plugin {text!r}"
    elif not path.is_dir() and path.suffix != ".py":
        yield f"{text!r} is not a Python file"
    elif not _NAME.fullmatch(plugin.name) or not path.stem.isidentifier():
        yield f"{plugin.name!r} is no name of a plugin; use lower-case letters, digits and `_`"
    elif any(other.name == plugin.name for other in others):
        yield f"two plugins of the course are named {plugin.name!r}"
