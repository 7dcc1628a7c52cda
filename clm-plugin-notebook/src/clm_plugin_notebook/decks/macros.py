"""The plugin's own Jinja macros, which make the title cells of decks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

_TEMPLATES = Path(__file__).parents[1] / "templates"
_HEADER = "{%- macro header_NAME(title) -%}{{ title_cell(CODE, title) }}{%- endmacro -%}\n"


def macro_texts(syntax: str, languages: Iterable[str]) -> Mapping[str, str]:
    """The templates for decks of a syntax (`percent` or `markdown`), by name.

    Beside `header` there is one macro for each language, such as `header_fr`.
    """
    text = (_TEMPLATES / syntax / "macros.j2").read_text(encoding="utf-8")
    # Jinja exports only what is named in a template's text.
    for name, code in keywords(languages).items():
        text += _HEADER.replace("NAME", name).replace("CODE", f'"{code}"')
    return {"macros.j2": text}


def keywords(languages: Iterable[str]) -> Mapping[str, str]:
    """The languages' codes by what Jinja and Python can take for a name: `pt_br` for `pt-BR`."""
    return {code.replace("-", "_").lower(): code for code in languages}
