"""Elements of pages for their style sheets and scripts, which they contain or link to."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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


def early_scripts(names: Iterable[str], link: Callable[[str], str]) -> Iterator[str]:
    """Yield script elements for those assets that outputs use while the page is parsed.

    They link to what `link` returns, and contain the asset if that is empty.
    """
    for name in names:
        if name not in _PLAIN:
            continue
        if url := escape(link(name)):
            yield f'<script id="clm-{name}" src="{url}"></script>'
        else:
            yield f"<script>{asset(f'{name}.js').decode()}</script>"


def late_scripts(names: Iterable[str], link: Callable[[str], str]) -> Iterator[bytes]:
    """Yield the script elements for the other assets in pieces, a line for each, likewise.

    They are compressed; the page's own script unpacks them when it needs them.
    """
    for number, name in enumerate(name for name in names if name not in _PLAIN):
        if number:
            yield b"\n"
        start = f'<script id="clm-{name}" type="text/plain"'
        if url := escape(link(name)):
            yield f'{start} data-src="{url}">'.encode()
        else:
            yield from (f"{start}>".encode(), _packed(name))
        yield b"</script>"


# Unpredictable, so no text of a deck is taken for it.
PLACE = f"<!-- scripts {secrets.token_hex(16)} -->"


def with_scripts(html: bytes, pieces: Sequence[bytes]) -> bytes:
    """The page with the pieces at each `PLACE`.

    They may have a megabyte, so they are copied only once: not rendered, joined and encoded.
    """
    first, *others = html.split(PLACE.encode())
    return b"".join([first, *(part for other in others for part in (*pieces, other))])


@cache
def _packed(name: str) -> bytes:
    return base64.b64encode(asset(f"{name}.js.gz"))
