"""The contract of plugins, on draw.io diagrams."""

from __future__ import annotations

import pytest

from clm.testing import BadSample, PluginContract, Sample
from clm_plugin_drawio.errors import RendererError
from clm_plugin_drawio.finding import find_browser

BOX = (
    '<mxCell id="a" value="Text" style="html=1;" vertex="1" parent="1">'
    '<mxGeometry width="120" height="60" as="geometry"/></mxCell>'
)
ROOT = f'<mxGraphModel><root><mxCell id="0"/><mxCell id="1" parent="0"/>{BOX}</root></mxGraphModel>'
GOOD = f'<mxfile>\n<diagram name="One">{ROOT}</diagram>\n</mxfile>'


@pytest.fixture(scope="module", autouse=True)
def _browser() -> None:
    try:
        find_browser()
    except RendererError as error:
        pytest.skip(f"needs a browser: {error}")


@pytest.mark.integration
class TestContract(PluginContract):
    plugin = "drawio"
    samples = (
        Sample({"intro/drawio/a.drawio": GOOD}),
        Sample({"intro/drawio/b.drawio": GOOD}, settings={"formats": ["svg"]}),
    )
    bad_samples = (
        BadSample({"intro/drawio/a.drawio": "no XML"}, "a.drawio"),
        BadSample({"intro/drawio/empty.drawio": ""}, "empty"),
    )
    heavy = ("lxml", "PIL", "tinycss2")
