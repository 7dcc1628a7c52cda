"""What pages look like, as data that can be compared: styles of elements, and small pictures."""

from __future__ import annotations

import base64
import io
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from PIL import Image, ImageChops

from clm.browser import Page

Styles = Mapping[str, set[str]]

_SMALLER = 8  # a picture's side, in how many pixels of the screen
# The edges of letters and lines differ between browsers; a colour of an area does not.
_NEAR = 10  # of 255, for a colour of the small picture
_NEAR_NUMBER = 2.0
_FEW = 0.002  # the share of the small picture that may differ more
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def picture_of(page: Page, *, full: bool = False) -> Image.Image:
    """The page as it is shown now, or all of it, as a small picture."""
    options = {"format": "png", "captureBeyondViewport": full, "optimizeForSpeed": True}
    data = base64.b64decode(page.call("Page.captureScreenshot", options)["data"])
    shot = Image.open(io.BytesIO(data)).convert("RGB")
    size = (shot.width + _SMALLER - 1) // _SMALLER, (shot.height + _SMALLER - 1) // _SMALLER
    return shot.resize(size, Image.Resampling.BOX)


def different_share(found: Image.Image, golden: Image.Image) -> float:
    """The share of a picture that has visibly other colours; all of it if its size is another."""
    if found.size != golden.size:
        return 1.0
    bands = ImageChops.difference(found, golden.convert("RGB")).split()
    most = ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2])
    histogram = most.histogram()
    return sum(histogram[_NEAR + 1 :]) / sum(histogram)


def picture_problem(found: Image.Image, golden: Path) -> str | None:
    """How a picture differs from the one in a file."""
    with Image.open(golden) as known:
        share = different_share(found, known)
        if found.size != known.size:
            return f"{golden.name}: {found.size} instead of {known.size} pixels"
    return f"{golden.name}: {share:.1%} look different" if share > _FEW else None


def styles_of(page: Page) -> Styles:
    """The styles of the visible elements by their names and classes."""
    styles: dict[str, set[str]] = defaultdict(set)
    for name, style in page.evaluate(_FIND):
        styles[name].add(style)
    return styles


def merged(all_styles: Iterable[Styles]) -> Styles:
    styles: dict[str, set[str]] = defaultdict(set)
    for found in all_styles:
        for name, texts in found.items():
            styles[name] |= texts
    return styles


def as_text(styles: Styles) -> str:
    return "".join(f"{name} | {style}\n" for name in sorted(styles) for style in
                   sorted(styles[name]))  # fmt: skip


def from_text(text: str) -> Styles:
    styles: dict[str, set[str]] = defaultdict(set)
    for line in text.splitlines():
        name, _, style = line.partition(" | ")
        styles[name].add(style)
    return styles


def style_problems(found: Styles, golden: Styles) -> Iterator[str]:
    """Styles that the golden ones do not have; numbers may differ a little."""
    for name, styles in sorted(found.items()):
        known = golden.get(name, set())
        for style in sorted(styles - known):
            if not any(_alike(style, other) for other in known):
                yield f"{name}: {style}, instead of {' or '.join(sorted(known)) or 'nothing'}"


def _alike(one: str, other: str) -> bool:
    if _NUMBER.sub("#", one) != _NUMBER.sub("#", other):
        return False
    pairs = zip(_NUMBER.findall(one), _NUMBER.findall(other), strict=True)
    return all(abs(float(a) - float(b)) <= _NEAR_NUMBER for a, b in pairs)


# Colours are those that the browser draws: computed ones may be written in several ways.
_FIND = r"""(() => {
  const context = Object.assign(document.createElement("canvas"), { width: 1, height: 1 })
    .getContext("2d", { willReadFrequently: true });
  const known = new Map();
  const colour = (text) => {
    if (!known.has(text)) {
      context.clearRect(0, 0, 1, 1);
      context.fillStyle = text;
      context.fillRect(0, 0, 1, 1);
      const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
      known.set(text, a ? `(${r} ${g} ${b}${a < 255 ? ` / ${a}` : ""})` : "none");
    }
    return known.get(text);
  };
  const round = (text) => text.replace(/-?\d+\.\d+/g, (n) => Math.round(Number(n) * 2) / 2);
  const describe = (style) => {
    const parts = [`text ${colour(style.color)}`, `on ${colour(style.backgroundColor)}`,
      `${round(style.fontSize)}/${round(style.lineHeight)} ${style.fontWeight} ${style.fontStyle}`];
    const sides = ["top", "right", "bottom", "left"].map((side) => {
      const [width, line, paint] = ["width", "style", "color"].map((what) =>
        style.getPropertyValue(`border-${side}-${what}`));
      return line === "none" || width === "0px" ? "-" : `${width} ${line} ${colour(paint)}`;
    });
    const borders = new Set(sides);
    if (sides.some((side) => side !== "-")) {
      parts.push(`border ${borders.size > 1 ? sides.join(", ") : sides[0]}`);
    }
    if (style.borderRadius !== "0px") parts.push(`radius ${round(style.borderRadius)}`);
    if (style.padding !== "0px") parts.push(`padding ${round(style.padding)}`);
    if (style.opacity !== "1") parts.push(`opacity ${style.opacity}`);
    if (style.filter !== "none") parts.push(`filter ${style.filter}`);
    return parts.join("; ");
  };
  const name = (element) => [element.localName, ...[...element.classList].sort()].join(".");
  const found = [];
  const walk = (root) => {
    for (const element of root.querySelectorAll("*")) {
      const leftOut = "head, script, style, svg *, mjx-container *";
      if (element.matches(leftOut)) continue;
      if (!element.checkVisibility({ visibilityProperty: true })) continue;
      const box = element.getBoundingClientRect();
      if (!box.width || !box.height) continue;
      const parent = element.classList.length ? null : element.parentElement;
      const full = parent ? `${name(parent)} > ${name(element)}` : name(element);
      found.push([full, describe(getComputedStyle(element))]);
      if (element.shadowRoot) walk(element.shadowRoot);
    }
  };
  walk(document);
  return found;
})()"""
