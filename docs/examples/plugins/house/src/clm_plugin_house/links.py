"""A transform of pages: links to other sites open in a new tab."""

from __future__ import annotations

import re

from clm_plugin_notebook.api import OutputInfo

_LINK = re.compile(r'<a href="(https?://[^"]*)">')


def in_new_tab(html: str, info: OutputInfo) -> str:
    return _LINK.sub(r'<a href="\1" target="_blank" rel="noopener">', html)
