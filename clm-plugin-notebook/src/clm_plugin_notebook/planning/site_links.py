"""Links of pages to the site of their course."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from urllib.parse import quote

from clm import PageLinks, PlanContext, Variant
from clm_plugin_notebook.payload import SiteLinks

_FORMATS = ("html", "slides")


def site_links(
    variant: Variant, name: str, context: PlanContext, names: Mapping[str, str]
) -> tuple[SiteLinks, ...]:
    """The links of a page with this name in the folder of a variant.

    `names` are those of the page in all languages.
    """
    if not context.page_links or variant.format not in _FORMATS or not variant.root.parts:
        return ()
    page = variant.directory.relative_to(variant.root) / name
    up = "../" * (len(page.parts) - 1)
    return tuple(
        SiteLinks(
            up + quote(links.front),
            context.course_name[variant.language],
            context.section_name[variant.language],
            _address(links, variant, page),
            tuple(up + quote(path) for path in links.styles),
            tuple(up + quote(path) for path in links.scripts),
            _alternates(links, variant, context, names) if links.address else {},
        )
        for links in context.page_links
    )


def _alternates(
    links: PageLinks, variant: Variant, context: PlanContext, names: Mapping[str, str]
) -> dict[str, str]:
    """The absolute addresses of the page in all languages; search engines take no others."""
    found: dict[str, str] = {}
    for other in context.variants:
        if _is_same_but_language(other, variant):
            path = other.directory.relative_to(other.root) / names[other.language]
            if address := _address(links, other, path):
                found.setdefault(other.language, address)
    return found if len(found) > 1 else {}


def _is_same_but_language(one: Variant, other: Variant) -> bool:
    def audience(variant: Variant) -> object:
        return variant.kind, variant.format, variant.public, variant.root.parts[:-2]

    return audience(one) == audience(other)


def _address(links: PageLinks, variant: Variant, page: PurePosixPath) -> str:
    *tree, language, course = variant.root.parts
    is_published = not links.published or "/".join(tree) == links.published
    if not links.address or not variant.public or not is_published:
        return ""
    return f"{links.address}/{quote(PurePosixPath(language, course, page).as_posix())}"
