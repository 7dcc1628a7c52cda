"""Hostile diagrams, drawn beside a server that must not get any requests."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.sax.saxutils import quoteattr

import pytest
from attrs import define, field
from lxml import etree

from clm import ConversionError

pytestmark = pytest.mark.integration


@define
class Canary:
    """A server on loopback that records its requests."""

    url: str
    asked: list[str] = field(factory=list)


@pytest.fixture
def canary() -> Iterator[Canary]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            canary.asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        do_POST = do_OPTIONS = do_HEAD = do_GET

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    canary = Canary(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield canary
    server.shutdown()
    thread.join()
    server.server_close()


LABELS = [
    "<script>document.title='evil';fetch('URL/1')</script>",
    "<img src=x onerror=\"document.title='evil';fetch('URL/2')\">",
    "<img src='URL/3.png'>",
    "<img srcset='URL/4.png 1x'>",
    "<svg onload=\"document.title='evil'\"><image href='URL/5.png'/></svg>",
    "<iframe src='URL/6'></iframe>",
    "<iframe srcdoc='<script>parent.document.title=\"evil\"</script>'></iframe>",
    "<object data='URL/7'></object><embed src='URL/8'>",
    "<video src='URL/9' autoplay></video><audio src='URL/10' autoplay></audio>",
    "<link rel=stylesheet href='URL/11'><style>@import 'URL/12';</style>",
    "<div style=\"background:url('URL/13')\">x</div>",
    "<meta http-equiv=refresh content='0;url=URL/14'>",
    "<base href='URL/15/'><img src=a.png>",
    "<form action='URL/16'><input autofocus onfocus=\"document.title='evil'\"></form>",
    "<a href=\"javascript:document.title='evil'\" ping='URL/17'>x</a>",
    "<details open ontoggle=\"document.title='evil'\">x</details>",
    "<math><mtext><img src='URL/18.png'></mtext></math>",
    "<div style='position:fixed;inset:0;background:red'>over all</div>",
    "<img src='file:///etc/passwd'><iframe src='file:///etc/passwd'></iframe>",
    "<font face=\"x;src:url('URL/19')\">x</font>",
    "<table background='URL/20.png'><tr><td>x</td></tr></table>",
]
STYLES = [
    "shape=image;image=URL/s1.png;",
    "shape=image;image=file:///etc/passwd;",
    "html=1;fontFamily=Evil;fontSource=URL/s2.woff;",
    "html=1;fontFamily=Evil;fontSource=https%3A%2F%2Ffonts.googleapis.com%2Fcss%3Ffamily%3DEvil;",
    "fillColor=url(URL/s3);",
    "strokeColor=\"><script>document.title='evil'</script>;",
    "shape=mxgraph.x/../../../URL/s4;",
    "shape=stencil(URL/s5);",
    "html=1;backgroundImage=URL/s6.png;",
    "label;image=URL/s7.svg;",
    "html=1;labelBackgroundColor=url(URL/s8);",
    "shape=URL/s9.xml;",
]


def in_engine(drawer, script: str):
    """The result of a script in the page in which diagrams are drawn."""
    browser = drawer.worker._renderer("browser").browser
    browser.allow(30)
    return browser.evaluate("engine", script)


def harmless(drawer, canary: Canary, source: str) -> None:
    result = drawer.result(source.replace("URL", canary.url), "svg", "png", "pdf")
    svg = result.outputs["svg"].decode()
    assert in_engine(drawer, "document.title") == "engine"
    assert canary.asked == []
    for element in etree.fromstring(svg).iter():
        assert element.tag.rpartition("}")[2] not in ("script", "iframe", "object", "video")
        for name, value in element.attrib.items():
            assert not name.startswith("on")
            assert "javascript:" not in value
            assert "fixed" not in value
            assert canary.url not in value or (name.endswith("href") and element.tag.endswith("}a"))
    assert "root:x:0" not in svg


@pytest.mark.parametrize("label", LABELS)
def test_hostile_label_has_no_effect(drawer, make, canary, label):
    cells = make.box(label), make.box("safe", id="b", x=200)
    harmless(drawer, canary, make.diagram(make.model(*cells)))


@pytest.mark.parametrize("style", STYLES)
def test_hostile_style_has_no_effect(drawer, make, canary, style):
    cells = make.box("text", style), make.box("safe", id="b", x=200)
    harmless(drawer, canary, make.diagram(make.model(*cells)))


def test_hostile_attributes_have_no_effect(drawer, make, canary):
    image = '{"src":"URL/b.png","width":9,"height":9}'
    attributes = (
        f"backgroundImage={quoteattr(image)} "
        'extFonts="Evil^URL/f.woff" stylesheet="URL/s.xml" background="url(URL/c)" style="x"'
    )
    harmless(drawer, canary, make.diagram(make.model(make.box(), attributes=attributes)))


def test_hostile_links_have_no_effect(drawer, make, canary):
    links = (
        "javascript:document.title='evil'",
        "data:action/json,{}",
        "data:text/html,x",
        "URL/l",
    )
    cells = [
        f'<UserObject label="x" link={quoteattr(link)} id="l{n}">'
        + make.box().replace('id="a"', "")
        + "</UserObject>"
        for n, link in enumerate(links)
    ]
    harmless(drawer, canary, make.diagram(make.model(*cells)))


def test_hostile_mathematics_has_no_effect(drawer, make, canary):
    labels = [
        r"$$\href{javascript:document.title='evil'}{x}$$",
        r"$$\require{evil}\unicode{x41}\style{background:url(URL/m1)}{x}$$",
        r"$$\class{x}{y}\cssId{engine}{z}\data{onclick=alert(1)}{q}$$",
        r"$$\def\x{\x\x}\x$$",
    ]
    cells = [make.box(label, id=f"m{n}", x=200 * n) for n, label in enumerate(labels)]
    harmless(drawer, canary, make.diagram(make.model(*cells, attributes='math="1"')))


def test_decoder_creates_no_objects(drawer, make, canary):
    value = (
        '<mxCell id="o" vertex="1" parent="1"><mxGeometry width="9" height="9" as="geometry"/>'
        '<Object as="value"><add as="toString">function(){document.title=\'evil\'}</add></Object>'
        '<include name="URL/include.xml"/></mxCell>'
    )
    with suppress(ConversionError):
        harmless(drawer, canary, make.diagram(make.model(make.box(), value)))
    assert in_engine(drawer, "document.title") == "engine"
    assert canary.asked == []


def test_browser_requests_are_rejected(own_drawer, simple, canary):
    own_drawer.result(simple)
    script = """
      const wait = (make) => new Promise((yes, no) => {
        const it = make();
        it.onload = it.onopen = yes;
        it.onerror = no;
      });
      Promise.allSettled([
        fetch("URL/f"),
        fetch("file:///etc/passwd"),
        wait(() => Object.assign(new Image(), { src: "URL/i" })),
        wait(() => new WebSocket("URL/w".replace("http", "ws"))),
      ]).then((all) => all.map((one) => one.status).join())
    """.replace("URL", canary.url)
    assert in_engine(own_drawer, script) == ",".join(["rejected"] * 4)
    assert canary.asked == []
