"""The plugin's Jinja macros, which create the title cells of decks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

_TEMPLATES = Path(__file__).parents[1] / "templates"
_HEADER = "{%- macro header_NAME(title) -%}{{ title_cell(CODE, title) }}{%- endmacro -%}\n"


def macro_texts(syntax: str, languages: Iterable[str]) -> Mapping[str, str]:
    """Return the templates for decks of a syntax (`percent` or `markdown`), by name.

    In addition to `header` they define a macro for each language, such as `header_fr`.
    """
    text = (_TEMPLATES / syntax / "macros.j2").read_text(encoding="utf-8")
    # Jinja exports only names that occur literally in a template, so the text is generated.
    for name, code in keywords(languages).items():
        text += _HEADER.replace("NAME", name).replace("CODE", f'"{code}"')
    return {"macros.j2": text}


def keywords(languages: Iterable[str]) -> Mapping[str, str]:
    """Map identifiers that Jinja and Python accept to language codes: `pt_br` to `pt-BR`."""
    return {code.replace("-", "_").lower(): code for code in languages}
