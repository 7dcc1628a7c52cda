"""The design tokens: one style sheet for pages, slides, front pages, reports and previews."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

_COLOR = re.compile(r"--([a-z-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\);")


@cache
def tokens_css() -> str:
    """The style sheet with the tokens, to be put before all rules that use them.

    The attribute `data-theme` of the root element selects light or dark colours; `auto` is the
    setting of the reader's system. Paper is always light.
    """
    return (files(__package__) / "tokens.css").read_text(encoding="utf-8")


@cache
def token_colors() -> Mapping[str, tuple[str, str]]:
    """The colours of the tokens by name: in light pages, and in dark ones."""
    return {name: (light, dark) for name, light, dark in _COLOR.findall(tokens_css())}
