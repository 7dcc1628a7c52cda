"""What is private in a deck, searched for in every byte of all outputs."""

from __future__ import annotations

import base64
import gzip
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from private_cells import CONSTRUCTS, KINDS, MarkedDeck, Output, marked
from readable_text import readable_text

from clm import Result, Variant
from clm_plugin_notebook.payload import NotebookSettings

FORMATS = {
    "py:percent": ".py",
    "py:hydrogen": ".py",
    "py:light": ".py",
    "java:percent": ".java",
    "java:light": ".java",
    "rs:percent": ".rs",
    "md:markdown": ".md",
    "md:myst": ".md",
    "ipynb": ".ipynb",
}
OUTPUTS = [
    Output(language, kind, public, format)
    for language in ("de", "en")
    for kind in KINDS
    for public in (True, False)
    for format in ("html", "slides", "notebook", "code")
]


def outputs(topic: Any, deck: MarkedDeck, wanted: Iterable[Output]) -> dict[Output, str]:
    """All text of each output and its file name."""
    topic.name = f"slides_deck{FORMATS[deck.file_format]}"
    texts = {}
    places = {o: PurePosixPath(o.language, o.format, o.kind, str(o.public)) for o in wanted}
    variants = [Variant(o.language, o.kind, o.format, places[o], o.public) for o in places]
    topic.only(*variants, settings=NotebookSettings(evaluate=False))
    request, result = topic.plan(deck.text), topic.convert(deck.text)
    for spec in request.outputs:
        (place,) = spec.destinations
        (output,) = (o for o, folder in places.items() if folder == place.parent)
        texts[output] = f"{place.name}\n{readable_text(_bytes(result, spec.name))}"
    return texts


def _bytes(result: Result, name: str) -> bytes:
    data = result.outputs[name]
    return data.read_bytes() if isinstance(data, Path) else data


def check(topic: Any, deck: MarkedDeck, wanted: Iterable[Output] = OUTPUTS) -> None:
    for output, text in outputs(topic, deck, wanted).items():
        assert "Shown to all" in text
        assert deck.hidden not in text, output
        for placed in deck.placed:
            seen = placed.mark in text
            assert seen == deck.seen(placed, output), (placed.construct.name, output)


def usable(file_format: str) -> list[Any]:
    return [c for c in CONSTRUCTS if c.only in ("", file_format)]


@pytest.mark.parametrize("file_format", FORMATS)
def test_marks_only_where_allowed(topic: Any, file_format: str) -> None:
    few = [o for o in OUTPUTS if o.public != (o.kind in ("speaker", "trainer", "recording"))]
    wanted = [o for o in few if o.language == "en" or o.format == "notebook"]
    check(topic, MarkedDeck(marked(usable(file_format)), file_format), wanted)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.sampled_from(sorted(FORMATS)), st.data())
def test_no_deck_leaks(topic: Any, file_format: str, data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.sampled_from(usable(file_format)), min_size=1, max_size=12))
    start, end = data.draw(st.tuples(st.integers(0, 12), st.integers(0, 12)))
    language = data.draw(st.sampled_from(["", "de", "en"]))
    deck = MarkedDeck(marked(chosen, range(start, end)), file_format, workshop_language=language)
    check(topic, deck)


@pytest.mark.integration
def test_printed_pages_have_no_marks(topic: Any) -> None:
    deck = MarkedDeck(marked(usable("py:percent")), "py:percent")
    check(
        topic,
        deck,
        [
            Output("en", kind, kind != "speaker", "pdf")
            for kind in ("code-along", "completed", "speaker")
        ],
    )


@pytest.mark.integration
def test_results_of_hidden_code_absent(topic: Any) -> None:
    cells = [
        ("private", "a"),
        ("alt", "b"),
        ("remove-cell", "c"),
        ("remove-output", "d"),
        ("keep", "e"),
    ]
    deck = "".join(f'# %% tags=["{tag}"]\nprint("xq" + "{mark}qx")\n\n' for tag, mark in cells)
    deck += '# %%\n### BEGIN HIDDEN TESTS\nprint("xq" + "fqx")\n### END HIDDEN TESTS\n'
    kinds = [
        Output("en", kind, kind != "speaker", "html")
        for kind in ("code-along", "completed", "speaker")
    ]
    topic.only(*(Variant("en", o.kind, "html", PurePosixPath(o.kind), o.public) for o in kinds))
    made = {name: readable_text(data.encode()) for name, data in topic.outputs(deck).items()}
    shown = {
        name.split("/")[2]: {m for m in "abcdef" if f"xq{m}qx" in text}
        for name, text in made.items()
    }
    assert shown == {"code-along": set(), "completed": set("be"), "speaker": set("abef")}


def png_with(kind: bytes, chunk: bytes) -> bytes:
    return b"\x89PNG\r\n\x1a\n" + len(chunk).to_bytes(4) + kind + chunk + bytes(4)


@pytest.mark.parametrize(
    "hide",
    [
        str.encode,
        lambda mark: base64.b64encode(f"a long enough text {mark}".encode()),
        lambda mark: base64.b64encode(gzip.compress(f"a long enough text {mark}".encode())),
        lambda mark: png_with(b"zTXt", b"mxfile\0\0" + zlib.compress(mark.encode())),
        lambda mark: png_with(b"tEXt", b"plantuml\0" + mark.encode()),
        lambda mark: "".join(f"&#{ord(c)};" for c in mark).encode(),
        lambda mark: "".join(f"%{ord(c):02x}" for c in mark).encode(),
        lambda mark: "".join(f"\\u{ord(c):04x}" for c in mark).encode(),
        lambda mark: f"<b>{mark[:3]}</b>{mark[3:]}".encode(),
    ],
)
def test_search_finds_hidden_mark(hide: Any) -> None:
    hidden = hide("xqabcqx")
    data = hidden if hidden.startswith(b"\x89PNG") else b"before " + hidden + b" after"
    assert "xqabcqx" in readable_text(data)
