from clm.testing import PluginContract, Sample

DECK = """\
# j2 from 'macros.j2' import header
# {{ header("Schleifen", "Loops") }}

# %% [markdown] lang="de"
# Größer, *weiter*

# %% [markdown] lang="en"
# Larger, *further*

# %%
print("again and again")
"""
TARGETS = "output-targets: [{path: out, kinds: [completed], formats: [markdown]}]\n"


class TestContract(PluginContract):
    plugin = "markdown"
    needs = ("notebook",)  # provides the format from which it derives its own
    samples = (
        Sample({"loops/slides_loops.py": DECK}, more_spec=TARGETS),
        Sample({"loops/slides_loops.md": "# Loops\n\nAgain\n"}, more_spec=TARGETS),
    )
    heavy = ("nbconvert", "nbformat", "traitlets")
