"""What plugins register beside job types: backends and checks."""

from __future__ import annotations

from collections.abc import Callable

from attrs import frozen


@frozen
class BackendType:
    """A backend: `factory` is the import string `module:callable` of what makes one.

    The callable takes a `BackendContext` and returns a `Backend`; it is imported only when
    the backend is chosen.
    """

    name: str
    description: str
    factory: str


@frozen
class CheckResult:
    """What a check found; `remedy` is the command or step that mends it.

    `fix` is that command as program and arguments, for `clm doctor --fix`, which runs apt-get,
    brew, winget and `sys.executable -m pip`, and shows any other.
    """

    ok: bool
    message: str
    remedy: str | None = None
    fix: tuple[str, ...] | None = None


@frozen
class Check:
    """A question about the plugin's tools; `run` answers it and does not raise."""

    name: str
    run: Callable[[], CheckResult]
