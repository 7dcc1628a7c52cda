from clm.testing import BadSample, PluginContract, Sample

ALL = {"intro/words.terms": "deck: what is shown\n", "loops/words.terms": "loop: again\n"}


class TestContract(PluginContract):
    plugin = "glossary"
    samples = (
        Sample(ALL),
        Sample(ALL | {"loops/words.de.terms": "Schleife: immer wieder\n"}),
        Sample({"intro/words.en.terms": "größer: <\n"}),
    )
    bad_samples = (
        BadSample({"intro/words.terms": "deck: one\nloop\n"}, "term: meaning", line=2),
        BadSample(
            {"intro/words.terms": "\ndeck: one\n", "loops/words.terms": "deck: two\n"},
            "'deck' is already explained in .*topic_100_intro/words.terms:2",
            line=1,
        ),
    )
