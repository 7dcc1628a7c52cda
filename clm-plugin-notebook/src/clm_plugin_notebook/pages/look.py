"""What authors may choose of pages and slides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen
from attrs.validators import in_

THEMES = ("auto", "light", "dark")
IMAGES = ("copied", "inlined")
OVERFLOWS = ("shrink", "scroll", "none")

# Of reveal.js 5, without those that run code or load something.
_REVEAL_OPTIONS = frozenset(
    {
        *("autoAnimate", "autoAnimateDuration", "autoAnimateEasing", "autoAnimateUnmatched"),
        *("autoPlayMedia", "autoSlide", "autoSlideStoppable", "backgroundTransition", "center"),
        *("controls", "controlsBackArrows", "controlsLayout", "controlsTutorial"),
        *("defaultTiming", "display", "embedded", "fragmentInURL", "fragments", "hash"),
        *("hashOneBasedIndex", "height", "help", "hideCursorTime", "hideInactiveCursor"),
        *("history", "jumpToSlide", "keyboard", "loop", "margin", "maxScale", "minScale"),
        *("mobileViewDistance", "mouseWheel", "navigationMode", "overview", "pause"),
        *("pdfMaxPagesPerSlide", "pdfPageHeightOffset", "pdfSeparateFragments"),
        *("preloadIframes", "previewLinks", "progress", "respondToHashChanges", "rtl"),
        *("scrollActivationWidth", "scrollLayout", "scrollProgress", "scrollSnap"),
        *("showHiddenSlides", "showNotes", "showSlideNumber", "shuffle", "slideNumber"),
        *("sortFragmentsOnSync", "totalTime", "touch", "transition", "transitionSpeed", "view"),
        *("viewDistance", "width"),
    }
)


def check_reveal(_: Any, __: Any, options: Mapping[str, Any]) -> None:
    """A validator of options of reveal.js."""
    for name, value in options.items():
        if name not in _REVEAL_OPTIONS:
            known = ", ".join(sorted(_REVEAL_OPTIONS))
            raise ValueError(f"reveal.js has no option {name!r} that may be set; it has {known}")
        if not isinstance(value, (str, int, float, bool, type(None))):
            raise ValueError(f"reveal.js's option {name!r} has to be a text, number or boolean")


@frozen
class Look:
    """How pages and slides look, and what they hold.

    `asset_url` is where pages find their larger scripts; empty, they hold them. `reveal` has
    options of reveal.js.
    """

    theme: str = field(default="auto", validator=in_(THEMES))
    images: str = field(default="copied", validator=in_(IMAGES))
    asset_url: str = ""
    overflow: str = field(default="shrink", validator=in_(OVERFLOWS))
    reveal: dict[str, Any] = field(factory=dict, validator=check_reveal)
