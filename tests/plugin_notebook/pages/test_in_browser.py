"""Pages and slides in a real browser without network access."""

from __future__ import annotations

import re
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from clm import ConversionError, Variant
from clm.browser import Browser, BrowserError, Message, Page
from clm.programs import BROWSER_VARIABLE, find_browser
from clm_plugin_notebook.kernels import environment
from clm_plugin_notebook.pages.pdf import PdfPrinter, show

pytestmark = [pytest.mark.integration, pytest.mark.slow]
in_browser = pytest.mark.skipif(find_browser() is None, reason="no browser found")

EMPTY = b"<html data-ready='true'><h1>X</h1></html>"
AXE = "axe-core@4.14.1"
SEVERE = ("serious", "critical")
DECK = r"""
# j2 from 'macros.j2' import header
# {{ header("Titel", "Title") }}

# %% [markdown] tags=["slide"]
# ## Maths
#
# Inline $e^{i\pi}+1=0$ and
#
# \begin{align}
# a &= b + c + d + e + f + g + h + i + j + k + l + m + n + o + p + q + r + s + t + u + v + w
# \end{align}
#
# [link](#Maths), `code`, and a table:
#
# | a | b |
# |---|--:|
# | c | 1 |
#
# <div class="alert alert-warning">Take <code>care</code>!</div>
# <div class="alert alert-info">A <a href="#Maths">link</a>.</div>

# %% [markdown] tags=["notes"]
# Ask *who* knows `this` [link](#Maths).

# %% [markdown] tags=["subslide"]
# ### A diagram
#
# ```mermaid
# graph LR
#   A[Start] --> B[End]
# ```
#
# ```java
# /** Doc. */ @Override public class A { int x = 1; String s = "text"; }
# ```

# %% tags=["slide"]
# A comment
import sys

class A:
    '''Docs.'''
    @property
    def area(self, radius: float = 1.0) -> str:
        return f"{3.14 * radius ** 2:.2f}" + "a line that is " * 3 + "too long for slide and page"

print("wide " * 100)
print("\x1b[31mred\x1b[32mgreen\x1b[34mblue\x1b[0m", file=sys.stderr)

# %% tags=["subslide"]
from IPython.display import HTML, SVG, Javascript, Math, display
display(SVG("<svg xmlns='http://www.w3.org/2000/svg' width='10' height='10'/>"))
display(Javascript("element.text('set by a script')"))
display(Math(r"\frac{a}{b}"))
HTML("<table class='dataframe'>" + "<tr>" + "<td>123.456789012</td>" * 40 + "</tr></table>")

# %% tags=["subslide"]
for number in range(80):
    print("line", number)

# %% tags=["raises-exception", "slide"]
1 / 0
""".lstrip()


def variant(format: str) -> Variant:
    return Variant("en", "speaker", format, PurePosixPath(format), False)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, topic_in: Callable[[Path], Any]) -> Path:
    """Return a folder with the page and the slides of the deck."""
    folder = tmp_path_factory.mktemp("browser")
    topic = topic_in(folder / "topic")
    for name, text in topic.only(variant("html"), variant("slides")).outputs(DECK).items():
        (folder / f"{name.split('/')[1]}.html").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def printer() -> Iterator[PdfPrinter]:
    printer = PdfPrinter(max_prints=2)
    yield printer
    printer.close()


@pytest.fixture
def job_folder(tmp_path: Path) -> Path:
    (tmp_path / "job").mkdir()
    return tmp_path / "job"


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the script of the accessibility checker, downloaded for the tests only."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("axe-core is downloaded with npm, which is not installed")
    folder = tmp_path_factory.mktemp("axe")
    subprocess.run([npm, "pack", "--silent", AXE], cwd=folder, check=True, capture_output=True)
    (archive,) = folder.glob("*.tgz")
    with tarfile.open(archive) as files:
        script = files.extractfile("package/axe.min.js")
        assert script is not None
        return script.read().decode()


def requests(events: list[Message]) -> list[str]:
    sent = [event for event in events if event["method"] == "Network.requestWillBeSent"]
    return [event["params"]["request"]["url"].split(",")[0] for event in sent]


def severe_violations(page: Page, axe: str) -> list[Any]:
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(f"{axe};0")
    found = page.evaluate(
        "axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map("
        "v => [v.id, v.impact, v.nodes.map(n => n.html + ' ' + n.failureSummary)]))"
    )
    return [violation for violation in found if violation[1] in SEVERE]


@in_browser
@pytest.mark.parametrize("name", ["html", "slides"])
def test_no_network_requests(browser: Browser, made: Path, name: str) -> None:
    events: list[Message] = []
    page = show(browser, (made / f"{name}.html").as_uri(), on_event=events.append)
    asked = [url for url in requests(events) if not url.startswith("data:")]
    assert asked == [(made / f"{name}.html").as_uri()]
    drawn = "document.querySelectorAll('mjx-container svg').length >= 3"
    assert page.evaluate(drawn)
    assert page.evaluate("document.querySelectorAll('.mermaid-diagram > svg').length") == 1
    assert page.evaluate("document.body.textContent.includes('set by a script')")


@in_browser
@pytest.mark.parametrize("width", [1280, 400])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_page_has_no_accessibility_violations(
    browser: Browser, made: Path, axe: str, dark: bool, width: int
) -> None:
    page = show(browser, (made / "html.html").as_uri(), dark=dark, width=width)
    assert severe_violations(page, axe) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@in_browser
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_slides_have_no_accessibility_violations(
    browser: Browser, made: Path, axe: str, dark: bool
) -> None:
    page = show(browser, (made / "slides.html").as_uri(), dark=dark)
    for _ in range(page.evaluate("Reveal.getTotalSlides()")):
        assert severe_violations(page, axe) == []
        page.evaluate("Reveal.next()")


@in_browser
def test_dark_theme_prints_light(browser: Browser, made: Path) -> None:
    text = "getComputedStyle(document.body).color"
    page = show(browser, (made / "html.html").as_uri(), dark=True)
    assert page.evaluate(text) == "rgb(220, 223, 225)"
    dark = [{"name": "prefers-color-scheme", "value": "dark"}]
    page.call("Emulation.setEmulatedMedia", {"media": "print", "features": dark})
    assert page.evaluate(text) == "rgb(34, 38, 42)"


@in_browser
def test_slide_is_visible(browser: Browser, made: Path) -> None:
    page = show(browser, (made / "slides.html").as_uri())
    seen = page.evaluate(
        "(() => { const box = document.querySelector('h1').getBoundingClientRect();"
        "const x = box.x + box.width / 2; const y = box.y + box.height / 2;"
        "return document.elementFromPoint(x, y)?.textContent; })()"
    )
    assert seen == "Title"


@in_browser
def test_overfull_slide_fits_or_scrolls(browser: Browser, made: Path) -> None:
    page = show(browser, (made / "slides.html").as_uri())
    heights = page.evaluate(
        "Promise.resolve(Reveal.getSlides().map(slide => { Reveal.slide("
        "...Object.values(Reveal.getIndices(slide)).slice(0, 2)); return "
        "slide.querySelector('.slide-body').getBoundingClientRect().height / Reveal.getScale(); }))"
    )
    assert len(heights) > 5
    assert max(heights) <= 721


@in_browser
def test_only_scrollable_elements_focusable(browser: Browser, made: Path) -> None:
    page = show(browser, (made / "html.html").as_uri(), width=600)
    reached = page.evaluate(
        "[...document.querySelectorAll('[tabindex=\"0\"]')].map("
        "e => e.scrollWidth > e.clientWidth || e.scrollHeight > e.clientHeight)"
    )
    assert len(reached) >= 3
    assert all(reached)


@in_browser
def test_speaker_view_shows_notes(browser: Browser, made: Path) -> None:
    page = show(browser, (made / "slides.html").as_uri())
    # With a simulated user gesture, without which a page may not open a window.
    opening = "Reveal.slide(1, 0); Reveal.getPlugin('notes').open(); 0"
    page.call("Runtime.evaluate", {"expression": opening, "userGesture": True})
    targets = browser.call("Target.getTargets")["targetInfos"]
    (view,) = [t for t in targets if t["title"].startswith("reveal.js - Speaker")]
    speaker = browser.attach(view["targetId"])
    shown = speaker.evaluate(
        "new Promise(done => setInterval(() => {"
        "const notes = document.querySelector('.speaker-controls-notes').innerText;"
        "if (notes.includes('Ask')) done(notes); }, 50))"
    )
    assert "Ask who knows this link." in shown
    frames = speaker.evaluate("[...document.querySelectorAll('iframe')].map(frame => frame.src)")
    assert [("receiver" in frame, "#/1/0" in frame) for frame in frames] == [(True, True)] * 2


@in_browser
def test_slides_pdf_paged_and_reproducible(
    made: Path, job_folder: Path, printer: PdfPrinter
) -> None:
    html = (made / "slides.html").read_bytes()
    first = printer.print(html, job_folder, "slides/x.py")
    assert first.startswith(b"%PDF")
    assert first.count(b"/Type /Page\n") == html.count(b'<div class="slide-body">')
    assert printer.print(html, job_folder, "slides/x.py") == first
    printer.close()
    assert printer.print(html, job_folder, "slides/x.py") == first


@in_browser
def test_relative_links_stay_relative(job_folder: Path, printer: PdfPrinter) -> None:
    urls = ("02%20Loops.pdf#part", "../Woche 2/Übung (1).pdf", "https://example.org/?a=(1)", "#x")
    links = "".join(f'<a href="{url}">{url}</a> ' for url in urls)
    html = f'<html data-ready="true"><meta charset="utf-8"><h1 id="x">X</h1>{links}</html>'
    data = printer.print(html.encode(), job_folder, "slides/x.py")

    assert re.findall(rb"/URI \((\S*)\)", data) == [
        b"02%20Loops.pdf#part",
        b"../Woche%202/%C3%9Cbung%20%281%29.pdf",
        rb"https://example.org/?a=\(1\)",
    ]
    assert job_folder.name.encode() not in data
    start = int(data.rsplit(b"startxref", 1)[1].split()[0])
    assert data[start:].startswith(b"xref")


@in_browser
def test_browser_reused_then_recycled(
    job_folder: Path, printer: PdfPrinter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(job_folder.parent))
    browsers = []
    for _ in range(3):
        printer.print(EMPTY, job_folder, "slides/x.py")
        browsers.append(printer.browser)
    assert browsers[0] is browsers[1]
    assert browsers[1] is not browsers[2]
    assert len(list(job_folder.parent.glob("clm-browser-*"))) == 1


@in_browser
def test_ended_browser_replaced(job_folder: Path, printer: PdfPrinter) -> None:
    printer.print(EMPTY, job_folder, "slides/x.py")
    assert printer.browser is not None
    printer.browser.close()
    with pytest.raises(BrowserError):
        printer.print(EMPTY, job_folder, "slides/x.py")
    assert printer.print(EMPTY, job_folder, "slides/x.py").startswith(b"%PDF")


@in_browser
def test_browser_version_invalidates_pdfs_only(topic: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def environments(format: str) -> list[list[str]]:
        topic.only(Variant("en", "code-along", format, PurePosixPath(format), True))
        found = []
        for version in ("150.0.1.2", "150.0.3.4", "151.0.1.2"):
            monkeypatch.setattr(environment, "browser_version", lambda _, v=version: v)
            names = topic.plan("# %%\n1\n").environment
            found.append([environment.installed(name) for name in names])
        return found

    first, patched, newer = environments("pdf")
    assert first == patched != newer
    first, _, newer = environments("slides")
    assert first == newer


@in_browser
def test_deck_converted_to_pdf(topic: Any) -> None:
    pdf = Variant("en", "code-along", "pdf", PurePosixPath("pdf"), True)
    (data,) = topic.only(pdf).convert("# %% [markdown]\n# # Title\n").outputs.values()
    assert data.startswith(b"%PDF")


def test_missing_browser_hints_at_install(topic: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BROWSER_VARIABLE, "no-such-browser")
    pdf = Variant("en", "code-along", "pdf", PurePosixPath("pdf"), True)
    with pytest.raises(ConversionError, match="needs a browser") as caught:
        topic.only(pdf).convert("# %% [markdown]\n# # Title\n")
    assert "chromium" in str(caught.value.diagnostics[0].hint)
