"""Changes to Altair in a kernel, so that its figures need no network.

It is run by the kernels' interpreter, which may lack this package, so it imports nothing from it.
Plotly and Bokeh have environment variables for this; see `spec.py`.
"""

import importlib
import importlib.machinery
import importlib.util
import sys
from types import ModuleType
from typing import Any, Dict, Optional, Sequence

# ruff: noqa: UP006, UP035, UP045  # the kernels' Python may be older than CLM's

_RENDERERS = ("default", "html", "mimetype", "jupyterlab", "nteract", "colab", "kaggle", "zeppelin")
_LIBRARY = """\
<script>/* vega-embed with Vega and Vega-Lite, from vl-convert */
(function() {
%s
})();</script>
"""
_FIGURE = """\
<style>#{{ output_div }}.vega-embed { width: 100%; display: flex }</style>
<div id="{{ output_div }}"></div>
<script>(function(spec, options) {
  const element = document.getElementById("{{ output_div }}");
  vegaEmbed(element, spec, options).catch((error) => element.append(String(error)));
})({{ spec }}, {{ embed_options }});</script>
"""


def install() -> None:
    """Change Altair once it has been imported; until then, this costs next to nothing."""
    sys.meta_path.insert(0, _AltairFinder())


class _AltairFinder:
    """Finds Altair like Python itself, and changes it after its import."""

    def find_spec(
        self, name: str, path: Optional[Sequence[str]] = None, target: Optional[ModuleType] = None
    ) -> Optional[importlib.machinery.ModuleSpec]:
        if name != "altair":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        loader: Any = spec.loader if spec is not None else None
        if loader is not None and importlib.util.find_spec("vl_convert") is not None:
            execute = loader.exec_module

            def execute_and_change(module: ModuleType) -> None:
                execute(module)
                _change(module)

            loader.exec_module = execute_and_change
        return spec


def _change(altair: Any) -> None:
    """Replace the renderers that load Vega from the network."""
    import jinja2  # of Altair

    template = jinja2.Template(_FIGURE)
    online = altair.renderers.get()

    def render(spec: Dict[str, Any], **metadata: Any) -> Dict[str, Any]:
        bundle: Dict[str, Any] = dict(online(spec, **{**metadata, "template": template}))
        version = ".".join(altair.SCHEMA_VERSION.lstrip("v").split(".")[:2])
        vl_convert: Any = importlib.import_module("vl_convert")
        script = vl_convert.javascript_bundle(vl_version=version).replace("</script", "<\\/script")
        bundle["text/html"] = _LIBRARY % script + bundle["text/html"]
        return bundle

    for name in _RENDERERS:
        altair.renderers.register(name, render)
    altair.renderers.enable("default")
