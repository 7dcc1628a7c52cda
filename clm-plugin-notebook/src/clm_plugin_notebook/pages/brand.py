"""What the theme of a course adds to its pages: style sheet, logo and footer."""

from __future__ import annotations

import base64
import mimetypes
from html import escape
from pathlib import Path

from attrs import frozen
from markupsafe import Markup

from clm import CourseTheme


@frozen
class Brand:
    """A style sheet, URLs of the logo for light and dark pages with its text, and a footer."""

    css: str = ""
    logo: str = ""
    logo_dark: str = ""
    logo_text: str = ""
    footer: str = ""

    @property
    def logo_html(self) -> str:
        """The logo beside a name, which says what it is; empty if there is none."""
        pair = ((" for-light", self.logo), (" for-dark", self.logo_dark))
        images = pair if self.logo_dark else (("", self.logo),)
        return "".join(
            f'<img class="logo{name}" src="{escape(url)}" alt="">' for name, url in images if url
        )


NO_BRAND = Brand()


def brand_of(theme: CourseTheme, folder: Path, language: str, organization: str) -> Brand:
    """The brand of pages in a language, with all files embedded; `folder` is that of the job."""

    def url(name: str) -> str:
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return f"data:{kind};base64,{base64.b64encode((folder / name).read_bytes()).decode()}"

    return Brand(
        theme.css(url),
        url(theme.logo) if theme.logo else "",
        url(theme.logo_dark) if theme.logo_dark else "",
        organization or "Logo",
        Markup(theme.footer_html(language)),
    )
