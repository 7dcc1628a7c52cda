"""Diagrams drawn in a real browser."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psutil
import pytest
from lxml import etree

from clm import ConversionError, TransientJobError
from clm_plugin_drawio import browser
from clm_plugin_drawio.browser_renderer import BrowserRenderer
from clm_plugin_drawio.payload import PagePicture

pytestmark = pytest.mark.integration

SVG = "{http://www.w3.org/2000/svg}"


def refused(drawer, source, **changes) -> ConversionError:
    with pytest.raises(ConversionError) as info:
        drawer.result(source, **changes)
    assert str(info.value.place).startswith("topic/x.drawio:")
    assert info.value.hint
    return info.value


def colours(image) -> set[tuple[int, ...]]:
    return {colour for _, colour in image.convert("RGBA").getcolors(1 << 24)}


def test_png_has_scale_and_border(drawer, simple):
    plain = drawer.png(simple, border=0)
    assert plain.size == pytest.approx((121, 61), abs=1)
    assert drawer.png(simple, border=10).size == (plain.width + 20, plain.height + 20)
    assert drawer.png(simple, border=0, scale=3.0).size == (plain.width * 3, plain.height * 3)


def test_background_white_or_transparent(drawer, simple):
    assert drawer.png(simple).convert("RGBA").getpixel((1, 1)) == (255, 255, 255, 255)
    assert drawer.png(simple, transparent=True).convert("RGBA").getpixel((1, 1))[3] == 0


def test_diagram_background_is_kept(drawer, make):
    blue = make.diagram(make.model(make.box(), attributes='background="#0000FF"'))
    assert drawer.png(blue).convert("RGB").getpixel((1, 1)) == (0, 0, 255)


def test_svg_keeps_text_without_references(drawer, make):
    svg = drawer.svg(make.diagram(make.model(make.box("Grüße <b>aus</b> Köln"))))
    root = etree.fromstring(svg)
    assert "Grüße aus Köln" in "".join(root.itertext())
    assert "drawio.invalid" not in svg


def test_pdf_page_fits_diagram(drawer, simple):
    pdf = drawer.result(simple, "pdf").outputs["pdf"]
    assert pdf.startswith(b"%PDF-")
    assert pdf.count(b"/Type /Page\n") == 1
    width = 161 * 72 / 96
    (box,) = [line for line in pdf.split(b"\n") if b"/MediaBox" in line]
    assert float(box.split()[-2]) == pytest.approx(width, abs=2)


def test_one_job_gives_all_formats(drawer, simple):
    outputs = drawer.result(simple, "png", "svg", "pdf").outputs
    assert set(outputs) == {"png", "svg", "pdf"}


def test_stencils_and_icons_are_drawn(drawer, make):
    stencil = make.box("", "shape=mxgraph.cisco.routers.router;fillColor=#FF0000;")
    icon = make.box("", "image;image=img/lib/azure2/compute/Virtual_Machine.svg;", id="b", x=200)
    result = drawer.result(make.diagram(make.model(stencil, icon)), "svg")
    assert result.diagnostics == ()
    assert b"data:image/svg+xml;base64," in result.outputs["svg"]
    assert b"ff0000" in result.outputs["svg"].lower()


def test_only_requested_layers_shown(drawer, make):
    layer = '<mxCell id="n" value="Notes" parent="0"/>'
    note = make.box("secret", id="b").replace('parent="1"', 'parent="n"')
    source = make.diagram(make.model(make.box("open"), layer, note))
    assert "secret" in drawer.svg(source)
    assert "secret" not in drawer.svg(source, layers=("Background",))
    assert "has no layer 'Other'" in refused(drawer, source, layers=("Other",)).message


def test_mathematics_is_typeset(drawer, make):
    formula = make.box(r"$$\frac{a}{b}$$ and `sum_(i=1)^n i`")
    svg = drawer.svg(make.diagram(make.model(formula, attributes='math="1"')))
    assert svg.count("<mjx-container") == 2
    labels = etree.fromstring(svg).iter(f"{SVG}foreignObject")
    assert "$$" not in "".join(text for label in labels for text in label.itertext())


def text_of(svg: str) -> str:
    labels = etree.fromstring(svg).iter(f"{SVG}foreignObject")
    return "|".join("".join(label.itertext()).strip() for label in labels)


def test_placeholders_are_filled_in(drawer, make):
    label = "%own% %name% %page% %pagenumber%/%pagecount% %filename% %none%"
    page = make.model(make.filled(label, own="mine"))
    source = make.diagram(page, page).replace("<mxfile>", """<mxfile vars='{"name": "Ada"}'>""")
    second = drawer.svg(source, pictures=(PagePicture("svg", 1, "svg"),))
    assert text_of(drawer.svg(source)) == "mine Ada One 1/2 x.drawio %none%"
    assert text_of(second) == "mine Ada Two 2/2 x.drawio %none%"


def test_clock_placeholders_not_filled_in(drawer, make):
    label = "%date% %time% %timestamp% %date{yyyy}%"
    source = make.diagram(make.model(make.filled(label)))
    assert text_of(drawer.svg(source)) == label
    assert "date and time" in drawer.warnings(source)


@pytest.mark.parametrize("maker", ["editable_svg", "editable_png"])
def test_editable_picture_is_drawn(drawer, make, simple, maker):
    document = getattr(make, maker)(simple)
    assert drawer.result(document, "png").outputs == drawer.result(simple, "png").outputs


def test_embedded_picture_is_kept(drawer, make):
    gif = "data:image/gif,R0lGODlhAQABAIAAAP8AAP///ywAAAAAAQABAAACAkQBADs="
    source = make.diagram(make.model(make.box("", f"shape=image;image={gif};")))
    assert drawer.warnings(source) == ""
    assert (255, 0, 0, 255) in colours(drawer.png(source))


def test_unknown_stencils_give_warning(drawer, make):
    source = make.diagram(make.model(make.box(style="shape=mxgraph.nothing.such;")))
    assert "mxgraph.nothing.such" in drawer.warnings(source)


def test_missing_images_give_warning(drawer, make):
    source = make.diagram(make.model(make.box(style="shape=image;image=https://a.example/b.png;")))
    assert "https://a.example/b.png" in drawer.warnings(source)


def test_missing_fonts_give_warning(drawer, make):
    source = make.diagram(make.model(make.box(style="html=1;fontFamily=No Such Font;")))
    assert "No Such Font" in drawer.warnings(source)
    assert drawer.warnings(make.diagram(make.model(make.box()))) == ""


def test_course_font_is_embedded(drawer, make, tmp_path):
    system = next(Path("/usr/share/fonts").rglob("*Serif-Bold.ttf"), None)
    if system is None:
        pytest.skip("needs a font file")
    folder = tmp_path / str(drawer.count + 1) / "fonts"
    folder.mkdir(parents=True)
    (folder / "My Font.ttf").write_bytes(system.read_bytes())
    source = make.diagram(make.model(make.box(style="html=1;fontFamily=My Font;")))
    result = drawer.result(source, "svg", "png", fonts=("fonts/My Font.ttf",))
    assert result.diagnostics == ()
    assert b"data:font/ttf;base64," in result.outputs["svg"]
    assert result.outputs["png"] != drawer.result(source, "png").outputs["png"]
    assert "My Font" in drawer.warnings(source)


def test_characters_without_font_give_warning(drawer, make):
    # For private use, so no font is expected to contain it.
    source = make.diagram(make.model(make.box("a\U0010abcd")))
    assert "that no installed font contains: \U0010abcd" in drawer.warnings(source)
    assert drawer.warnings(make.diagram(make.model(make.box("Ω → ä")))) == ""


def test_too_large_picture_is_refused(drawer, make):
    far = make.diagram(
        make.model(make.box(), make.box(id="b", x=9000).replace('y="0"', 'y="9000"'))
    )
    assert "too large" in refused(drawer, far, scale=3.0).message
    assert (
        "too large"
        in refused(drawer, make.diagram(make.model(make.box(), make.box(id="b", x=90000)))).message
    )
    wide = make.diagram(make.model(make.box(), make.box(id="b", x=25000)))
    assert "too large" in refused(drawer, wide, scale=3.0).message


def test_large_picture_is_complete(drawer, make):
    red = "fillColor=#FF0000;"
    for x, y in ((20_000, 0), (0, 20_000), (2_600, 2_600)):
        far = make.box("", red, id="b", x=x).replace('y="0"', f'y="{y}"')
        png = drawer.png(make.diagram(make.model(make.box("", red), far)), scale=3.0)
        for left, top in ((50, 50), (x + 50, y + 50)):
            assert png.getpixel((3 * left, 3 * top))[:3] == (255, 0, 0)


@pytest.mark.parametrize("scale", [1.0, 20.0])
def test_blank_picture_is_refused(drawer, make, scale):
    white = make.box("", "strokeColor=none;fillColor=#FFFFFF;")
    source = make.diagram(make.model(white))
    assert "blank" in refused(drawer, source, scale=scale).message
    assert "blank" in refused(drawer, source.replace("#FFFFFF", "none"), transparent=True).message


def test_hidden_layers_alone_are_refused(drawer, make):
    source = make.diagram(make.model(make.box()).replace('id="1"', 'id="1" visible="0"'))
    refused(drawer, source)


def test_unread_cells_are_error(drawer, make):
    inside = make.box().replace("</mxCell>", f"{make.box(id='b')}</mxCell>")
    error = refused(drawer, make.diagram(make.model(inside)))
    assert error.message == "the diagram was read only in part by draw.io: 3 of its 4 cells"


def test_drawing_is_reproducible(tmp_path, shared_worker, own_drawer, make):
    gradient = make.box("g", "gradientColor=#FF0000;html=1;shadow=1;")
    formula = make.diagram(make.model(make.box("$$a^2$$"), attributes='math="1"'))
    stencil = make.diagram(make.model(make.box(style="shape=mxgraph.cisco.routers.router;")))
    sources = [
        make.diagram(make.model(gradient)),
        formula,
        stencil,
        make.diagram(make.model(make.box())),
    ]

    def all_of(drawer, order):
        drawn = {n: drawer.result(sources[n], "png", "svg").outputs for n in order}
        return [drawn[n] for n in range(len(sources))]

    first = all_of(own_drawer, (0, 1, 2, 3))
    assert all_of(own_drawer, (3, 2, 1, 0)) == first
    own_drawer.worker.stop()
    assert all_of(own_drawer, (2, 1, 3, 0)) == first


def test_drawing_stopped_at_time_limit(own_drawer, make, simple):
    own_drawer.result(simple)
    cells = [make.box(f"<b>{n}</b>", id=f"c{n}") for n in range(20_000)]
    endless = make.diagram(make.model(*cells))
    assert "takes too long" in refused(own_drawer, endless, time_limit=0.5).message
    assert own_drawer.png(simple).width > 100


def test_dead_browser_is_replaced(own_drawer, simple):
    own_drawer.result(simple)
    renderer = own_drawer.worker._renderer("browser")
    os.kill(renderer.browser.pid, signal.SIGKILL)
    with pytest.raises(TransientJobError):
        own_drawer.result(simple)
    assert own_drawer.png(simple).width > 100


def test_incomplete_page_is_replaced(own_drawer, simple):
    outputs = own_drawer.result(simple).outputs
    renderer = own_drawer.worker._renderer("browser")
    renderer.browser.evaluate("engine", "delete window.clmDraw")
    assert own_drawer.result(simple).outputs == outputs


def test_error_of_new_browser_is_of_diagram(own_drawer, simple, monkeypatch):
    whole = browser.page_text
    monkeypatch.setattr(browser, "page_text", lambda name: whole(name).replace("clmDraw", "clm"))
    assert "cannot be drawn" in refused(own_drawer, simple).message


def test_page_recycling_keeps_outputs(own_drawer, simple):
    renderer = BrowserRenderer(max_drawings=2)
    own_drawer.worker._renderers["browser"] = renderer
    drawn = [own_drawer.result(simple).outputs for _ in range(5)]
    assert all(outputs == drawn[0] for outputs in drawn)


def test_stopped_worker_ends_browser(own_drawer, simple):
    own_drawer.result(simple)
    pid = own_drawer.worker._renderer("browser").browser.pid
    own_drawer.worker.stop()
    assert not psutil.pid_exists(pid)
