"""Style of pages on paper."""

from __future__ import annotations

from collections.abc import Sequence

_SHEET = """\
@page {{
  size: A4; margin: 18mm 20mm 20mm;
  @bottom-left {{ content: {footer}; {font} }}
  @bottom-right {{ content: counter(page) " / " counter(pages); {font} }}
}}
.cell {{ margin-inline: 0 !important; max-width: 100% !important; width: auto !important; }}
html {{ font-size: 12.5px; }}
:is(.folded, .traceback) > summary {{ display: none; }}
.output_subarea {{ overflow: visible; }}
.rendered_html :is(th, td) {{ overflow-wrap: normal !important; }}
.rendered_html :is(th, td) code {{ overflow-wrap: normal; white-space: nowrap; }}
"""
_FONT = "font: 9pt system-ui, sans-serif; color: #5b636b;"


def paper_css(footer: Sequence[str]) -> str:
    """Return the style sheet of a page on A4, with the texts and page numbers at its foot."""
    return _SHEET.format(footer=_css_string(" · ".join(footer)), font=_FONT)


def _css_string(text: str) -> str:
    # Letters and digits stand for themselves; everything else might end the string or the sheet.
    return '"' + "".join(c if c.isalnum() else f"\\{ord(c):x} " for c in text) + '"'
