from __future__ import annotations

import re
from pathlib import PurePosixPath
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clm import ConversionError
from clm_plugin_drawio import source
from clm_plugin_drawio.source import read_pages, stem


def pages(text: str | bytes):
    return read_pages(text if isinstance(text, bytes) else text.encode(), "x.drawio")


def refused(text: str | bytes) -> ConversionError:
    with pytest.raises(ConversionError) as info:
        pages(text)
    assert info.value.hint
    assert info.value.place is not None
    assert info.value.place.file == "x.drawio"
    return info.value


def test_page_name_line_and_model(make):
    one, two = pages(make.diagram(make.model(make.box("Grüße")), make.model(make.box())))
    assert (one.name, one.line) == ("One", 2)
    assert two.name == "Two"
    assert one.xml.startswith("<mxGraphModel") and one.xml.endswith("</mxGraphModel>")
    assert "Grüße" in one.xml


def test_compressed_page_is_inflated(make):
    model = make.model(make.box("Grüße %41"))
    assert pages(make.diagram(make.compressed(model)))[0].xml == model


def test_bare_model_is_read(make):
    model = make.model(make.box())
    assert [page.xml for page in pages(f"\ufeff<!-- by hand -->\n{model}\n")] == [model]


def test_compressed_bare_model_is_read(make):
    model = make.model(make.box())
    assert pages(make.compressed(model))[0].xml == model


def test_editable_svg_carries_file(make):
    document = make.diagram(make.model(make.box()))
    doctype = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://example.org/svg11.dtd">'
    assert pages(doctype + make.editable_svg(document))[0].name == "One"


@pytest.mark.parametrize("packed", [False, True])
def test_editable_png_carries_file(make, packed):
    document = make.diagram(make.model(make.box()))
    assert pages(make.editable_png(document, packed=packed))[0].name == "One"


def test_png_without_diagram_is_refused(make):
    picture = make.editable_png("").replace(b"mxfile", b"nofile")
    assert "contains no diagram" in refused(picture).message


def test_page_number_and_file_variables(make):
    model = make.model(make.box())
    text = make.diagram(model, model).replace("<mxfile>", """<mxfile vars='{"a": "b", "c": 1}'>""")
    one, two = pages(text)
    assert one.variables == {"a": "b", "page": "One", "pagenumber": "1", "pagecount": "2"}
    assert two.variables["pagenumber"] == "2"
    assert pages(make.editable_svg(text))[0].variables == one.variables


@pytest.mark.parametrize("damaged", ["{", "[]", "", '{"a": {}}', "[" * 100_000])
def test_damaged_variables_are_ignored(make, damaged):
    text = make.diagram(make.model(make.box()))
    (page,) = pages(text.replace("<mxfile>", f"<mxfile vars={quoteattr(damaged)}>"))
    assert set(page.variables) == {"page", "pagenumber", "pagecount"}


@pytest.mark.parametrize("text", ["", " \n"])
def test_empty_file_is_refused(text):
    assert refused(text).message == "the file is empty"


def test_file_without_pages_is_refused():
    assert "no page" in refused("<mxfile></mxfile>").message


def test_truncated_file_names_line(make):
    error = refused(make.diagram(make.model(make.box()))[:-30])
    assert "damaged" in error.message
    assert error.place.line == 2


def test_compressed_page_without_base64_is_refused(make):
    assert "cannot be read" in refused(make.diagram("é")).message


def test_truncated_compressed_page_is_refused(make):
    text = make.compressed(make.model(make.box(), make.box(id="b")))
    assert "damaged" in refused(make.diagram(text[: len(text) // 8 * 4])).message


def test_invalid_compressed_page_is_refused(make):
    assert "damaged" in refused(make.diagram("hello world")).message


def test_other_xml_is_refused():
    assert "begins with <html>" in refused("<html></html>").message


def test_non_utf8_is_refused():
    assert "not UTF-8" in refused(b"<mxfile>\xff</mxfile>").message


def test_text_beside_model_is_refused(make):
    error = refused(make.diagram("stray" + make.model(make.box())))
    assert "text between" in error.message
    assert error.excerpt == "stray"


def test_entities_are_refused(make):
    bomb = '<!DOCTYPE mxfile [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    assert "entities" in refused(bomb + make.diagram(make.model(make.box("&b;")))).message


def test_external_entities_are_refused(make, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    xxe = f'<!DOCTYPE mxfile [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    assert "entities" in refused(f"{xxe}<mxfile>&x;</mxfile>").message


def test_inflation_beyond_limit_is_refused(make, monkeypatch):
    monkeypatch.setattr(source, "MAX_BYTES", 10_000)
    assert "larger than" in refused(make.diagram(make.compressed("<a>" + " " * 20_000))).message


def test_pages_together_beyond_limit_refused(make, monkeypatch):
    monkeypatch.setattr(source, "MAX_BYTES", 10_000)
    page = make.compressed("x" * 6_000)
    file = f'<mxfile><diagram name="a">{page}</diagram><diagram name="b">{page}</diagram></mxfile>'
    assert "larger than" in refused(file).message


def test_file_beyond_limit_is_refused(monkeypatch):
    monkeypatch.setattr(source, "MAX_BYTES", 10)
    assert "larger than" in refused("<mxfile></mxfile>").message


@given(st.data())
def test_damaged_file_read_or_refused(data):
    good = b'<mxfile>\n<diagram name="A"><mxGraphModel><root/></mxGraphModel></diagram></mxfile>'
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, len(good)))
    try:
        pages(good[:start] + data.draw(st.binary(max_size=8)) + good[end:])
    except ConversionError as error:
        assert re.search(r"\w", error.message)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("x.drawio", "x"), ("x.de.drawio", "x.de"), ("x.drawio.svg", "x"), ("a.b.drawio.png", "a.b")],
)
def test_stem_of_source(name, expected):
    assert stem(PurePosixPath("drawio", name)) == expected
