"""Lines that start cells of scripts in percent format."""

from __future__ import annotations

import re

_TYPE = r"\[\s*(?:markdown|md|raw|code)\s*\]"


def percent_header(comment: str) -> re.Pattern[str]:
    """Return a pattern for the lines that are cell headers after this comment token.

    The attributes are in its group `spaced` or `glued`.
    """
    return re.compile(
        rf"\s*{re.escape(comment)}\s*(?:%%+(?:\s+(?P<spaced>.*)|(?P<glued>{_TYPE}.*))?"
        rf"|<codecell>|In\[[0-9 ]*\]:?)\s*"
    )
