"""The worker of notebook jobs. Imported in worker processes only: it loads all of Jupyter."""

from __future__ import annotations

from typing import Any

from clm import Job, Result, Worker
from clm_plugin_notebook.conversion import Conversion
from clm_plugin_notebook.rendering import PageRenderer


class NotebookWorker(Worker):
    """Converts decks; keeps its page renderer between them."""

    _renderer: PageRenderer

    def start(self) -> None:
        self._renderer = PageRenderer()

    def convert(self, payload: Any, job: Job) -> Result:
        return Conversion(payload, job, self._renderer).run()
