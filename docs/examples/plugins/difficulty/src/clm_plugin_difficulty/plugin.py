"""The hooks of the plugin."""

from __future__ import annotations

from pathlib import Path

from clm import hookimpl
from clm_plugin_notebook.api import CellTag, CellTransform, DeckTemplates

clm_api_version = 1

LEVELS = {
    "easy": {"de": "leicht", "en": "easy"},
    "medium": {"de": "mittel", "en": "medium"},
    "hard": {"de": "schwer", "en": "hard"},
}


@hookimpl
def clm_notebook_tags() -> list[CellTag]:
    return [CellTag(f"difficulty-{name}", badge=texts) for name, texts in LEVELS.items()]


@hookimpl
def clm_notebook_templates() -> list[DeckTemplates]:
    return [
        DeckTemplates(
            "difficulty",
            filters={"stars": "clm_plugin_difficulty.templates:stars"},
            tests={"level": "clm_plugin_difficulty.templates:is_level"},
            macros=Path(__file__).parent / "macros",
            fingerprint="1",
        )
    ]


@hookimpl
def clm_notebook_cell_transforms() -> list[CellTransform]:
    return [CellTransform("summary", "clm_plugin_difficulty.summary:with_summary", "1")]
