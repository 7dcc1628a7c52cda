from clm.testing import PluginContract, Sample

DECK = '# j2 from "macros.j2" import header\n# {{ header("Listen", "Lists") }}\n'


class TestContract(PluginContract):
    plugin = "epub"
    needs = ("notebook",)
    samples = (Sample({"intro/slides_a.py": DECK, "loops/slides_b.py": DECK}),)
