"""The theme of a course, for the payloads of jobs that make pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import ClassVar

from attrs import field, frozen

_ROLES = {"text": "serif", "headings": "sans", "code": "mono"}
# Links to other pages of the course would differ from page to page.
_LINK = r"\[([^\[\]]+)\]\(((?:https?://|mailto:)[^\s()<>\"]+)\)"


_LOGOS = """\
.for-dark { display: none; }
:root[data-theme="dark"] .for-dark { display: revert; }
:root[data-theme="dark"] .for-light { display: none; }
@media (prefers-color-scheme: dark) {
  :root[data-theme="auto"] .for-dark { display: revert; }
  :root[data-theme="auto"] .for-light { display: none; }
}
@media print {
  :root .for-dark { display: none !important; } :root .for-light { display: revert !important; }
}
"""


@frozen(repr=False)
class FontFace:
    """A font file for a `role`: `text`, `headings` or `code`.

    `weight` is a number, or two for the least and the greatest of a variable font.
    """

    role: str
    file: str
    style: str = "normal"
    weight: str = "400"


@frozen(repr=False)
class CourseTheme:
    """What the `theme` of a spec says; everything in it has been checked.

    `name` is empty for CLM's own look, `classic`, or the name of a theme that a plugin offers. With
    `has_folder`, the files of the course's own theme are in `theme`. `mode` is `light`, `dark`,
    `auto`, or empty if the spec does not say. `colors` are those that differ from the design
    tokens: in light pages, and in dark ones. `logo`, `logo_dark` and the files of fonts are names
    of inputs (`PlanContext.theme_files`), empty if there are none. `footer` is a text by language.
    """

    CLASSIC: ClassVar[str] = "classic"
    # The folders of a theme's files in the folder of a job: the theme's own, and all others.
    FOLDER: ClassVar[str] = "theme"
    FILES: ClassVar[str] = "theme-files"

    name: str = ""
    has_folder: bool = False
    mode: str = ""
    colors: dict[str, tuple[str, str]] = field(factory=dict)
    fonts: tuple[FontFace, ...] = ()
    logo: str = ""
    logo_dark: str = ""
    footer: dict[str, str] = field(factory=dict)

    def css(self, url: Callable[[str], str]) -> str:
        """The style sheet that comes after the design tokens, empty if nothing differs.

        `url` returns the address of an input. With a logo for dark pages, elements of the class
        `for-dark` take the place of those of the class `for-light` there.
        """
        tokens = [
            *(f"  --{_ROLES[role]}: {value};\n" for role, value in self._families()),
            *(f"  --{name}: light-dark({a}, {b});\n" for name, (a, b) in self.colors.items()),
        ]
        faces = "".join(_font_face(face, url(face.file)) for face in self.fonts)
        own = f":root {{\n{''.join(tokens)}}}\n" if tokens else ""
        return faces + own + (_LOGOS if self.logo_dark else "")

    def footer_html(self, language: str) -> str:
        """The footer with its links `[text](https://...)`, safe HTML; empty if there is none."""
        from html import escape  # as below

        text = self.footer.get(language) or next(iter(self.footer.values()), "")
        return re.sub(_LINK, r'<a href="\2">\1</a>', escape(text))

    def _families(self) -> Iterator[tuple[str, str]]:
        # Only pages need it, and no build in which nothing has changed.
        from clm.theme.tokens import tokens_css

        for role in dict.fromkeys(face.role for face in self.fonts):
            usual = re.search(rf"--{_ROLES[role]}: ([^;]+);", tokens_css())
            assert usual is not None
            yield role, f'"clm-{role}", {" ".join(usual[1].split())}'


def _font_face(face: FontFace, url: str) -> str:
    return (
        f'@font-face {{ font-family: "clm-{face.role}"; src: url("{url}"); '
        f"font-style: {face.style}; font-weight: {face.weight}; font-display: swap; }}\n"
    )
