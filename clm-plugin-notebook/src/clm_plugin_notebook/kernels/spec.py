"""Which kernel runs the decks of a language."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from attrs import frozen
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

from clm import ConversionError
from clm_plugin_notebook.kernels.process import NO_LIMITS, PYTHON_KERNELS, KernelLimits

# What changes outputs with the terminal or the user that a worker happens to run under.
_FOREIGN_VARIABLES = frozenset(
    {
        *("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE"),
        *("MPLBACKEND", "PYTHONSTARTUP", "PYTHONINSPECT", "PYTHONWARNINGS", "PYTHONOPTIMIZE"),
    }
)


@frozen
class KernelChoice:
    """A kernel that can be started any number of times.

    `trial` is a command by which a person sees whether it works. `python` is the interpreter
    of IPython's kernel, None for kernels of other languages. `forked` says whether it may come
    from a fork server, `preloaded` which modules that imports beforehand.
    """

    name: str
    command: tuple[str, ...]
    trial: str
    python: str | None
    limits: KernelLimits
    variables: tuple[tuple[str, str], ...] = ()
    forked: bool = False
    preloaded: tuple[str, ...] = ()

    def environment(self, home: Path) -> Mapping[str, str]:
        """The environment of a kernel that keeps its own files in `home`."""
        own = {
            "IPYTHONDIR": str(home / "ipython"),
            "JUPYTER_CONFIG_DIR": str(home / "config"),
            "JUPYTER_RUNTIME_DIR": str(home),
        }
        return {**base_environment(), **dict(self.variables), **own}


def base_environment() -> Mapping[str, str]:
    """The environment of all kernels, as far as it is the same for all."""
    environment = {k: v for k, v in os.environ.items() if k not in _FOREIGN_VARIABLES}
    return environment | {
        "PYTHONDONTWRITEBYTECODE": "1",
        # Sets print in the same order whenever and wherever the deck is built.
        "PYTHONHASHSEED": "0",
        "PYTHONUTF8": "1",
    }


def python_kernel(
    python: str,
    *,
    limits: KernelLimits = NO_LIMITS,
    forked: bool = False,
    preloaded: tuple[str, ...] = (),
) -> KernelChoice:
    """IPython's kernel in an interpreter, by default this one, whatever the user configured."""
    interpreter = str(Path(python).expanduser()) if python else sys.executable
    return KernelChoice(
        name=f"the Python kernel of {interpreter}" if python else "the Python kernel",
        command=(interpreter, str(PYTHON_KERNELS), "run", "{connection_file}"),
        trial=f"{interpreter} -m ipykernel_launcher",
        python=interpreter,
        limits=limits,
        forked=forked,
        preloaded=preloaded,
    )


def installed_kernel(name: str, limits: KernelLimits, remedy: str = "") -> KernelChoice:
    """A kernel that is installed on this machine under the name that Jupyter knows.

    `remedy` is how to get it, for the message that it is not there.

    Raises:
        ConversionError: there is none of that name.
    """
    manager = KernelSpecManager()
    try:
        spec: Any = manager.get_kernel_spec(name)
    except NoSuchKernel as error:
        known = ", ".join(sorted(manager.find_kernel_specs())) or "none"
        raise ConversionError(
            f"no Jupyter kernel {name!r} is installed, so the deck's code cannot run",
            hint=f"install it{f' ({remedy})' if remedy else ''}, or say `evaluate: false` for the "
            f"topic or the plugin to do without results; installed: {known}",
        ) from error
    return KernelChoice(
        name=f"the kernel {name!r}",
        command=tuple(part.replace("{resource_dir}", spec.resource_dir) for part in spec.argv),
        trial=f"jupyter console --kernel {name}",
        python=None,
        limits=limits,
        variables=tuple(sorted(spec.env.items())),
    )
