"""A font in which every character is the same block: pages look alike on all machines."""

from __future__ import annotations

import base64
import io

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen

_SPACES = (0x20, 0xA0, 0x2009, 0x202F)
_LAST_CHARACTER = 0x2FFF


def block_font() -> bytes:
    """The font: 1000 units, blocks that are half as wide as high."""
    pen = TTGlyphPen(None)
    for at, corner in enumerate(((50, 0), (50, 600), (450, 600), (450, 0))):
        (pen.lineTo if at else pen.moveTo)(corner)
    pen.closePath()
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder([".notdef", "space", "block"])
    # The glyph .notdef would be taken from another font.
    characters = dict.fromkeys(range(0x21, _LAST_CHARACTER), "block")
    builder.setupCharacterMap(characters | dict.fromkeys(_SPACES, "space"))
    empty = TTGlyphPen(None).glyph()
    builder.setupGlyf({".notdef": empty, "space": empty, "block": pen.glyph()})
    widths = {".notdef": (500, 0), "space": (250, 0), "block": (500, 50)}
    builder.setupHorizontalMetrics(widths)
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Block", "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=800, sTypoDescender=-200, usWinAscent=800, usWinDescent=200)
    builder.setupPost()
    file = io.BytesIO()
    builder.save(file)
    return file.getvalue()


def block_font_script() -> str:
    """A script for new documents: all text is in blocks, and nothing moves."""
    return _SCRIPT.replace("DATA", base64.b64encode(block_font()).decode())


_SCRIPT = """
const bytes = Uint8Array.from(atob("DATA"), (c) => c.charCodeAt(0));
const font = new FontFace("Block", bytes.buffer);
document.fonts.add(font);
const sheet = new CSSStyleSheet();
sheet.replaceSync(`*, *::before, *::after, :host { font-family: Block !important;
  font-synthesis: none !important; transition: none !important; animation: none !important;
  caret-color: transparent !important;
  text-rendering: geometricPrecision !important; scroll-behavior: auto !important; }`);
document.adoptedStyleSheets = [sheet];
const attach = Element.prototype.attachShadow;
Element.prototype.attachShadow = function (options) {
  const root = attach.call(this, options);
  root.adoptedStyleSheets = [sheet];
  return root;
};
"""
