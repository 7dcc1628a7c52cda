"""Elements of pages for their style sheets and scripts, which they contain or link to."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from html import escape

from clm_plugin_notebook.page_files import SCRIPT, STYLES, asset

# Outputs use them while the page is being parsed, so a script cannot unpack them later.
_PLAIN = ("jquery", "require")


def linked_styles(shared: Mapping[str, str]) -> Iterator[str]:
    """Yield the links to the style sheets that pages share, in their order."""
    for name in STYLES:
        if url := shared.get(name):
            yield f'<link rel="stylesheet" href="{escape(url)}">'


def linked_script(shared: Mapping[str, str]) -> Iterator[str]:
    """Yield the link to the script that pages share."""
    if url := shared.get(SCRIPT):
        yield f'<script src="{escape(url)}"></script>'


def scripts(names: Iterable[str], link: Callable[[str], str]) -> Iterator[str]:
    """Yield script elements for assets: links to what `link` returns, embedded if that is empty.

    Large scripts are compressed; the page's own script unpacks them when it needs them.
    """
    for name in names:
        if url := escape(link(name)):
            kind = "src" if name in _PLAIN else 'type="text/plain" data-src'
            yield f'<script id="clm-{name}" {kind}="{url}"></script>'
        elif name in _PLAIN:
            yield f"<script>{asset(f'{name}.js').decode()}</script>"
        else:
            yield f'<script id="clm-{name}" type="text/plain">{_packed(name)}</script>'


@cache
def _packed(name: str) -> str:
    return base64.b64encode(asset(f"{name}.js.gz")).decode()
