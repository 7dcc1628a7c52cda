"""The scripts that pages need: in the page itself, or linked where a setting says so."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from functools import cache
from html import escape
from importlib.resources import files

from clm import ClmError

# Run by outputs while the page is read, so they cannot be unpacked by a script.
_PLAIN = ("jquery", "require")


@cache
def static_text(name: str) -> str:
    """A style sheet or script of the plugin's own."""
    return (files(__package__) / "static" / name).read_text(encoding="utf-8")


@cache
def asset(name: str) -> bytes:
    """A file that the build of the package has put into it.

    Raises:
        ClmError: it is not there.
    """
    try:
        return (files("clm_plugin_notebook") / "assets" / name).read_bytes()
    except OSError as error:
        raise ClmError(
            f"the installation lacks {name}, which pages need",
            hint="install clm-plugin-notebook again",
        ) from error


def scripts(names: Iterable[str], url: str) -> Iterator[str]:
    """Script elements for assets; `url` is the folder to link them in, empty to have them inside.

    Large ones are compressed and unpacked by the page's own script when it wants them.
    """
    for name in names:
        if url:
            link = escape(f"{url.rstrip('/')}/{name}.js")
            kind = "src" if name in _PLAIN else 'type="text/plain" data-src'
            yield f'<script id="clm-{name}" {kind}="{link}"></script>'
        elif name in _PLAIN:
            yield f"<script>{asset(f'{name}.js').decode()}</script>"
        else:
            yield f'<script id="clm-{name}" type="text/plain">{_packed(name)}</script>'


@cache
def _packed(name: str) -> str:
    return base64.b64encode(asset(f"{name}.js.gz")).decode()
