"""The hooks of the plugin."""

from __future__ import annotations

from clm import hookimpl
from clm_plugin_notebook.api import CellTag, DeckKind

clm_api_version = 1


@hookimpl
def clm_notebook_kinds() -> list[DeckKind]:
    return [DeckKind("exam", removed=("hint",), blanking=True)]


@hookimpl
def clm_notebook_tags() -> list[CellTag]:
    return [
        CellTag("hint", badge={"de": "Tipp", "en": "Hint"}),
        CellTag("exam-task", kinds=("exam",)),
        CellTag("grading", private=True),
    ]
