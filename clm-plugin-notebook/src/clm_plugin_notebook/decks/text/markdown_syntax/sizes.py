"""Sizes of pictures in units that HTML's own attributes do not have."""

from __future__ import annotations

import re
from collections.abc import Mapping

_CSS_SIZE = re.compile(r"\d+(?:\.\d+)?(?:cm|mm|in|pt|pc|em|rem|ex|ch|vw|vh)")


def with_sizes(attributes: Mapping[str, object]) -> dict[str, str]:
    """Return the attributes of a picture with sizes such as `10cm` as a style.

    A browser takes `width="10cm"` for ten pixels.
    """
    styles = {
        name: str(attributes[name])
        for name in ("width", "height")
        if _CSS_SIZE.fullmatch(str(attributes.get(name, "")))
    }
    kept = {name: str(value) for name, value in attributes.items() if name not in styles}
    if styles:
        kept["style"] = "; ".join(f"{name}: {size}" for name, size in styles.items())
    return kept
