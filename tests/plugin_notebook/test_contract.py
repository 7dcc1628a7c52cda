"""The plugin contract, checked with decks."""

from __future__ import annotations

import pytest

from clm.testing import BadSample, PluginContract, Sample

HEADER = '# j2 from \'macros.j2\' import header\n# {{ header("Eins", "One") }}\n\n'
GOOD = (
    HEADER
    + '# %% [markdown] lang="de"\n# Eine *Folie*\n\n# %% [markdown] lang="en"\n# A *slide*\n\n'
    + '# %%\nprint({"a", "b"} == {"b", "a"})\n\n# %% tags=["keep"]\nhelper = 1\n'
)
WAIT = "# %%\nimport time\ntime.sleep(600)\n"
MANY = "# %%\nimport time\ntime.sleep(0.2)\n\n" * 400


@pytest.mark.integration
class TestContract(PluginContract):
    plugin = "notebook"
    samples = (
        Sample({"intro/slides_a.py": GOOD}),
        Sample({"intro/slides_b.py": GOOD}, settings={"evaluate": False, "theme": "dark"}),
    )
    bad_samples = (
        BadSample({"intro/slides_a.py": HEADER + "# %%\n1 / 0\n"}, "ZeroDivisionError", 5),
        BadSample({"intro/slides_b.py": HEADER + "# %%\n{% if %}\n"}, "slides_b.py"),
    )
    heavy = ("nbconvert", "nbformat", "nbclient", "jupytext", "jinja2", "IPython", "jupyter_client")
    slow = Sample({"intro/slides_a.py": HEADER + MANY})
    endless = Sample({"intro/slides_a.py": HEADER + WAIT}, settings={"cell-timeout": 0.5})
