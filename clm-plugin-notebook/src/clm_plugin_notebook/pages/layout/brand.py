"""What the theme of a course adds to its pages: style sheet, logo and footer."""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Callable
from functools import cache
from html import escape
from pathlib import Path

from attrs import frozen
from markupsafe import Markup

from clm_plugin_notebook.payload import NotebookOutput, NotebookPayload


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


def brands(payload: NotebookPayload, folder: Path) -> Callable[[NotebookOutput], Brand]:
    """What returns the brand of an output; `folder` is that of the job.

    Files are embedded, except for those that the output shares.
    """
    theme = payload.theme

    @cache
    def embedded(name: str) -> str:
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return f"data:{kind};base64,{base64.b64encode((folder / name).read_bytes()).decode()}"

    @cache
    def css() -> str:
        return theme.css(embedded)

    def brand(output: NotebookOutput) -> Brand:
        def logo(name: str) -> str:
            return (output.shared.get(name) or embedded(name)) if name else ""

        return Brand(
            "" if output.shared else css(),
            logo(theme.logo),
            logo(theme.logo_dark),
            payload.organization.get(output.language, "") or "Logo",
            Markup(theme.footer_html(output.language)),
        )

    return brand
