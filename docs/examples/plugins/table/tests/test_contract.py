from clm.testing import BadSample, PluginContract, Sample


class TestContract(PluginContract):
    plugin = "table"
    samples = (Sample({"intro/a.csv": "name,n\nx,1\n"}), Sample({"intro/data/ä.csv": '"a,b"\n'}))
    bad_samples = (BadSample({"intro/a.csv": 'a,b\n"c"d,e\n'}, "not CSV", line=2),)
