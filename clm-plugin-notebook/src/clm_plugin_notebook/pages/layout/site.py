"""Links of pages to the site of their course, as HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape, unescape
from typing import Protocol

from clm_plugin_notebook.pages.html.fragments import Fragment
from clm_plugin_notebook.payload import SiteLinks

_PARAGRAPH = re.compile(r"<p>(.*?)</p>", re.S)
_TAG = re.compile(r"<[^>]*>")
_DESCRIPTION = 160


class SitePage(Protocol):
    """A page of a site."""

    @property
    def title(self) -> str: ...

    @property
    def language(self) -> str: ...

    @property
    def site(self) -> Sequence[SiteLinks]: ...

    @property
    def packages(self) -> Sequence[str]: ...


def head_elements(page: SitePage, markdown: Iterable[tuple[object, Fragment]]) -> list[str]:
    """The elements of the head of a page with this text, by which it is described."""
    if not page.site:
        return []
    title, language = page.title, page.language
    text = described(made.html for _, made in markdown)
    elements = []
    if page.packages:
        packages = escape("; ".join(page.packages))
        elements.append(f'<meta name="clm-packages" content="{packages}">')
    for links in page.site:
        about = escape(text or f"{title} · {links.title}")
        elements += [
            f'<meta name="description" content="{about}">',
            '<meta property="og:type" content="article">',
            f'<meta property="og:title" content="{escape(title)}">',
            f'<meta property="og:description" content="{about}">',
            f'<meta property="og:site_name" content="{escape(links.title)}">',
            f'<meta property="og:locale" content="{escape(language.replace("-", "_"))}">',
        ]
        if links.address:
            address = escape(links.address)
            elements.append(f'<meta property="og:url" content="{address}">')
            elements.append(f'<link rel="canonical" href="{address}">')
        elements += [
            f'<link rel="alternate" hreflang="{escape(other)}" href="{escape(url)}">'
            for other, url in links.alternates.items()
        ]
        elements += [f'<link rel="stylesheet" href="{escape(url)}">' for url in links.styles]
        elements += [f'<script defer src="{escape(url)}"></script>' for url in links.scripts]
    return elements + up_links(page.site)


def up_links(site: Iterable[SiteLinks]) -> list[str]:
    """Elements of the head that only name the front page, for pages without a place for links."""
    return [f'<link rel="up" href="{escape(links.front)}">' for links in site]


def bars(site: Iterable[SiteLinks], logo: str = "") -> list[str]:
    """A link to each front page, at the top of a page, which works without scripts.

    `logo` is HTML, which comes before the name of the course.
    """
    return [
        f'<header class="site-bar"><a class="site-home" href="{escape(links.front)}">'
        f"{logo}{escape(links.title)}</a></header>\n"
        f'<nav class="site-crumbs" aria-label="Breadcrumb"><ol><li><a href="{escape(links.front)}">'
        f"{escape(links.title)}</a></li><li>{escape(links.section)}</li></ol></nav>"
        for links in site
    ]


def described(fragments: Iterable[str]) -> str:
    """The beginning of the first paragraph of a page, without markup."""
    for html in fragments:
        for paragraph in _PARAGRAPH.findall(html):
            text = " ".join(unescape(_TAG.sub("", paragraph)).split())
            if text:
                return shortened(text)
    return ""


def shortened(text: str) -> str:
    """The text, or as many of its words as a description may have."""
    if len(text) <= _DESCRIPTION:
        return text
    return text[:_DESCRIPTION].rsplit(" ", 1)[0].rstrip(".,;: ") + " …"
