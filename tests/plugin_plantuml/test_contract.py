"""The contract of plugins, on PlantUML diagrams."""

from __future__ import annotations

import pytest

from clm.testing import BadSample, PluginContract, Sample

GOOD = "@startuml\nalice -> bob: hello\n@enduml\n"
INCLUDING = "@startuml\n!include c.iuml\n@enduml\n"
# Never finishes by itself; the setting `time-limit` stops it.
ENDLESS = "@startuml\n!while 1\n!endwhile\n@enduml\n"


@pytest.mark.integration
class TestContract(PluginContract):
    plugin = "plantuml"
    samples = (
        Sample({"intro/pu/a.pu": GOOD}),
        Sample({"intro/pu/b.pu": INCLUDING, "intro/pu/c.iuml": "a -> b\n"}),
        Sample({"intro/pu/two.pu": GOOD + GOOD}, settings={"format": "svg"}),
    )
    bad_samples = (
        BadSample({"intro/pu/a.pu": "@startuml\nalice -> -> bob\n@enduml\n"}, "Syntax Error", 2),
        BadSample({"intro/pu/b.pu": "@startuml\n!include no.iuml\n@enduml\n"}, "no.iuml"),
    )
    heavy = ("jpype", "_jpype")
    endless = Sample({"intro/pu/a.pu": ENDLESS}, settings={"time-limit": 0.5})
