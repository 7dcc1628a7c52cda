"""The worker for notebook jobs. Loaded in worker processes only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clm import Job, Result, Worker
from clm_plugin_notebook.kernels.pool import KernelPool
from clm_plugin_notebook.kernels.spec import python_kernel

if TYPE_CHECKING:
    from clm_plugin_notebook.pages.pdf import PdfPrinter
    from clm_plugin_notebook.pages.renderer import PageRenderer


class NotebookWorker(Worker):
    """Converts decks; keeps the page renderer, browser and fork server between jobs."""

    _renderer: PageRenderer
    _printer: PdfPrinter
    _kernels: KernelPool

    def start(self) -> None:
        self._kernels = KernelPool()
        self._kernels.warm_up(python_kernel("", forked=True))
        # Imported while the fork server starts: importing Jupyter takes about as long.
        from clm_plugin_notebook.pages.pdf import PdfPrinter
        from clm_plugin_notebook.pages.renderer import PageRenderer

        self._renderer = PageRenderer()
        self._printer = PdfPrinter()

    def convert(self, payload: Any, job: Job) -> Result:
        from clm_plugin_notebook.conversion import Conversion

        return Conversion(payload, job, self._renderer, self._printer, self._kernels).run()

    def stop(self) -> None:
        self._printer.close()
        self._kernels.close()
