"""The converter: a notebook to Markdown, with embedded pictures."""

import nbformat
from clm import Job, Result, Worker
from nbconvert import MarkdownExporter
from traitlets.config import Config

from clm_plugin_markdown.plugin import MarkdownPayload


class MarkdownWorker(Worker):
    def start(self) -> None:
        # Extracted pictures would be further files, which are not outputs of the job.
        no_files = Config({"ExtractOutputPreprocessor": {"enabled": False}})
        self.exporter = MarkdownExporter(config=no_files)

    def convert(self, payload: MarkdownPayload, job: Job) -> Result:
        notebook = nbformat.read(job.folder / payload.notebook, as_version=4)
        text, _ = self.exporter.from_notebook_node(notebook)
        return Result({"markdown": text.encode()})
