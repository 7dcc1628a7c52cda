"""Kernel selection: command, environment and limits of the kernel for a language."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import frozen
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

from clm import ConversionError
from clm.programs import passed_environment
from clm_plugin_notebook.kernels.process import NO_LIMITS, PYTHON_KERNELS, KernelLimits
from clm_plugin_notebook.kernels.python_kernels import INTERPRETER_VARIABLES, OUTPUT_VARIABLES

_EXCLUDED_VARIABLES = OUTPUT_VARIABLES | INTERPRETER_VARIABLES


@frozen
class KernelChoice:
    """A kernel that can be started any number of times.

    `test_command` is a command for users to check that it works. `python` is the interpreter of
    IPython's kernel, None for kernels of other languages. `forked` allows it to come from a fork
    server; `preloaded` names the modules that the server imports in advance.
    """

    name: str
    command: tuple[str, ...]
    test_command: str
    python: str | None
    limits: KernelLimits
    variables: tuple[tuple[str, str], ...] = ()
    forked: bool = False
    preloaded: tuple[str, ...] = ()

    def environment(self, home: Path) -> Mapping[str, str]:
        """Return the environment of a kernel with its own files in `home`."""
        own = {
            "IPYTHONDIR": str(home / "ipython"),
            "JUPYTER_CONFIG_DIR": str(home / "config"),
            "JUPYTER_RUNTIME_DIR": str(home),
        }
        return {**base_environment(), **dict(self.variables), **own}


def base_environment() -> Mapping[str, str]:
    """Return the environment that all kernels have in common."""
    environment = {k: v for k, v in passed_environment().items() if k not in _EXCLUDED_VARIABLES}
    return environment | {
        "PYTHONDONTWRITEBYTECODE": "1",
        # Sets are printed in the same order in every build.
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
        # Figures need no network: the libraries embed their scripts.
        "PLOTLY_RENDERER": "notebook",
        "BOKEH_RESOURCES": "inline",
    }


def python_kernel(
    python: str,
    *,
    limits: KernelLimits = NO_LIMITS,
    forked: bool = False,
    preloaded: tuple[str, ...] = (),
) -> KernelChoice:
    """Return IPython's kernel in an interpreter, by default the current one.

    The configuration of the user is ignored.
    """
    interpreter = os.path.expanduser(python) if python else sys.executable  # noqa: PTH111
    return KernelChoice(
        name=f"the Python kernel of {interpreter}" if python else "the Python kernel",
        command=(interpreter, str(PYTHON_KERNELS), "run", "{connection_file}"),
        test_command=f"{interpreter} -m ipykernel_launcher",
        python=interpreter,
        limits=limits,
        forked=forked,
        preloaded=preloaded,
    )


def installed_kernel(name: str, limits: KernelLimits, remedy: str = "") -> KernelChoice:
    """Return the Jupyter kernel that is installed under a name.

    `remedy` says how to install it, for the error message.

    Raises:
        ConversionError: no kernel of that name is installed.
    """
    manager = KernelSpecManager()
    try:
        spec: Any = manager.get_kernel_spec(name)
    except NoSuchKernel as error:
        known = ", ".join(sorted(manager.find_kernel_specs())) or "none"
        raise ConversionError(
            f"no Jupyter kernel {name!r} is installed, so the deck's code cannot run",
            hint=f"install it{f' ({remedy})' if remedy else ''}, or set `evaluate: false` for the "
            f"topic or the plugin to build without results; installed: {known}",
        ) from error
    return KernelChoice(
        name=f"the kernel {name!r}",
        command=tuple(part.replace("{resource_dir}", spec.resource_dir) for part in spec.argv),
        test_command=f"jupyter console --kernel {name}",
        python=None,
        limits=limits,
        variables=tuple(sorted(spec.env.items())),
    )
