"""Names of the colours among the design tokens."""

from __future__ import annotations

# Boxes with a ground, an edge and a word in the colour.
BOXED = ("accent", "amber", "rose", "violet", "green")
CODE = ("keyword", "string", "number", "name", "comment")
GROUNDS = ("page", "raised", "tint")
# The colours that a theme may set; soft grounds and rules of boxes follow from them.
SETTABLE = ("accent", *GROUNDS, "rule", "text", "strong", "faint", *BOXED[1:], *CODE, "marked")
