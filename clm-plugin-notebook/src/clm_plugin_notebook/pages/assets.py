"""Scripts and style sheets of pages; scripts are embedded or, by setting, linked."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from functools import cache
from html import escape
from importlib.resources import files

from clm import ClmError

# Outputs use them while the page is being parsed, so a script cannot unpack them later.
_PLAIN = ("jquery", "require")


@cache
def static_text(name: str) -> str:
    """Return a template, style sheet or script of the plugin itself."""
    return (files(__package__) / "static" / name).read_text(encoding="utf-8")


@cache
def asset(name: str) -> bytes:
    """Return a file that the build hook has added to the package.

    Raises:
        ClmError: the installation lacks the file.
    """
    try:
        return (files("clm_plugin_notebook") / "assets" / name).read_bytes()
    except OSError as error:
        raise ClmError(
            f"the installation lacks {name}, which pages need",
            hint="reinstall clm-plugin-notebook",
        ) from error


def scripts(names: Iterable[str], url: str) -> Iterator[str]:
    """Yield script elements for assets: links into the folder `url`, or embedded if it is empty.

    Large scripts are compressed; the page's own script unpacks them when it needs them.
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
