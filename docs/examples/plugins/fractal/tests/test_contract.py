from clm.testing import BadSample, PluginContract, Sample

APPLE = {"intro/apple.fractal": "-0.5 0 3"}
ENDLESS = 100_000  # pixels


class TestContract(PluginContract):
    plugin = "fractal"
    samples = (Sample(APPLE, settings={"pixels": 8}),)
    bad_samples = (BadSample({"intro/apple.fractal": "one two"}, "three numbers"),)
    heavy = ("clm_plugin_fractal.worker",)
    slow = Sample(APPLE, settings={"pixels": ENDLESS})
    endless = Sample(APPLE, settings={"pixels": ENDLESS, "time_limit": 0.5})
