from __future__ import annotations

import pytest

from clm import ConversionError
from clm_plugin_drawio.model import Model
from clm_plugin_drawio.source import Page


def checked(xml: str) -> Model:
    model = Model(Page("One", 5, xml), "x.drawio")
    model.check()
    return model


def refused(xml: str) -> ConversionError:
    with pytest.raises(ConversionError) as info:
        checked(xml)
    assert str(info.value.place).startswith("x.drawio:")
    assert info.value.hint
    return info.value


def test_cells_are_counted(make):
    model = checked(make.model(make.box(), make.box(id="b")))
    assert (model.cells, model.drawn) == (4, 2)


def test_layer_names_are_found(make):
    hidden = '<object label="Notes" id="n"><mxCell parent="0"/></object>'
    assert checked(make.model(hidden, make.box())).layers == ["Background", "Notes"]


def test_math_is_found(make):
    assert checked(make.model(make.box(), attributes='math="1"')).math
    assert not checked(make.model(make.box())).math


def test_empty_page_is_refused(make):
    assert refused(make.model()).message == "page 'One' is empty"


@pytest.mark.parametrize("number", ["1e9", "-2000000", "inf", "nan"])
def test_distant_shape_is_refused(make, number):
    far = make.model(make.box()).replace('x="0"', f'x="{number}"')
    assert "too large" in refused(far).message


def test_nonnumeric_coordinate_is_refused(make):
    assert "not a number" in refused(make.model(make.box()).replace('x="0"', 'x="far"')).message


def test_text_between_cells_is_refused(make):
    error = refused(make.model(make.box(), "stray"))
    assert "text between" in error.message


def test_deep_nesting_is_refused():
    deep = "<mxGraphModel>" + "<a>" * 500 + "</a>" * 500 + "</mxGraphModel>"
    assert "nested too deeply" in refused(deep).message


def test_damaged_model_names_line():
    assert refused("<mxGraphModel>\n<root>\n</mxGraphModel>").place.line == 7


def test_date_label_gives_warning(make):
    (warning,) = checked(make.model(make.filled("as of %date{dd.mm.yyyy}%"))).warnings
    assert "date and time" in warning.message


@pytest.mark.parametrize("maker", ["box", "filled"])
def test_other_labels_give_no_warning(make, maker):
    assert checked(make.model(getattr(make, maker)("100 %"))).warnings == []
    assert checked(make.model(make.box("as of %date%"))).warnings == []
