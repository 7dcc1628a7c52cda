"""Fonts of the course, embedded in the pictures that use them."""

from __future__ import annotations

import base64
import re
from pathlib import Path

from attrs import frozen

FONT_SUFFIXES = {".woff2": "woff2", ".woff": "woff", ".ttf": "ttf", ".otf": "otf"}
_STYLE = re.compile(r"[-_ ](regular|bold|italic|bolditalic|bold italic)$", re.I)


@frozen
class Font:
    """A font: its name in diagrams, its CSS weight and style, and its file as a `data` URL."""

    family: str
    weight: str
    style: str
    url: str

    @property
    def rule(self) -> str:
        """The CSS rule that declares the font."""
        return (
            f'@font-face {{ font-family: "{self.family}"; font-weight: {self.weight}; '
            f'font-style: {self.style}; src: url("{self.url}"); }}'
        )


def read_font(file: Path) -> Font:
    """The font in a file, named after it: `Comic Neue-Bold.woff2` is Comic Neue, bold."""
    match = _STYLE.search(file.stem)
    kind = match[1].lower() if match else ""
    family = file.stem[: match.start()] if match else file.stem
    data = base64.b64encode(file.read_bytes()).decode()
    return Font(
        re.sub(r'["\\\\\n<]', "", family),
        "bold" if "bold" in kind else "normal",
        "italic" if "italic" in kind else "normal",
        f"data:font/{FONT_SUFFIXES[file.suffix.lower()]};base64,{data}",
    )
