from clm.testing import BadSample, PluginContract, Sample

QUESTION = "? 1 + 1\n+ 2\n- 3\n"


class TestContract(PluginContract):
    plugin = "quiz"
    samples = (
        Sample({"intro/a.quiz": QUESTION}),
        Sample({"intro/a.de.quiz": QUESTION, "loops/b.quiz": QUESTION}),
    )
    bad_samples = (
        BadSample({"intro/a.quiz": "? 1 + 1\n- 3\n"}, "no right answer", line=1),
        BadSample({"intro/a.quiz": "\n+ 2\n"}, "neither a question nor an answer", line=2),
    )
