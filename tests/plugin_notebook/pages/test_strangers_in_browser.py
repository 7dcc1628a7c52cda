"""Decks that try to run code in a reader's browser."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from attrs import evolve

from clm import Variant
from clm.browser import Browser
from clm.programs import find_browser
from clm_plugin_notebook.payload import AS_WRITTEN, SANITISED, NotebookSettings

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(find_browser() is None, reason="no browser found"),
]

# Pages unpack their own scripts from elements with such ids.
PACKED = base64.b64encode(gzip.compress(b"hit('packed text')")).decode()

# NAME stands for the name. These run when the page is shown, as in Jupyter.
RUNNING = {
    "script": "<script>hit('NAME')</script>",
    "image": "<img src=x onerror=\"hit('NAME')\">",
    "image without end": "<img src=x onerror=hit('NAME')//",
    "slashes": "<img/src=x/onerror=hit('NAME')>",
    "drawing": "<svg onload=\"hit('NAME')\"></svg>",
    "script in drawing": "<svg><script>hit('NAME')</script></svg>",
    "style in drawing": "<svg><style><img src=x onerror=hit('NAME')></style></svg>",
    "frame": "<iframe srcdoc=\"<script>parent.hit('NAME')</script>\"></iframe>",
    "frame onload": "<iframe onload=\"hit('NAME')\"></iframe>",
    "open details": "<details open ontoggle=\"hit('NAME')\"><summary>x</summary></details>",
    "video": "<video><source onerror=\"hit('NAME')\"></video>",
    "focus": "<input autofocus onfocus=\"hit('NAME')\">",
    "animation": (
        "<style>@keyframes k{}</style><b style=animation-name:k onanimationstart=hit('NAME')>x</b>"
    ),
    "mathml": "<math><mtext><table><mglyph><style><img src=x onerror=hit('NAME')></style></math>",
    "noscript": "<noscript><p title=\"</noscript><img src=x onerror=hit('NAME')>\"></noscript>",
    "comment": "<!--><img src=x onerror=hit('NAME')>-->",
    "shadow": "<div><template shadowrootmode=open><script>hit('NAME')</script></template></div>",
    "text area": "<textarea></textarea><img src=x onerror=hit('NAME')>",
    "object": "<object data='x' onerror=\"hit('NAME')\"></object>",
    "attribute": "<b title='\"><img src=x onerror=hit(`NAME`)>' onclick=\"hit('NAME')\">x</b>",
}
# These would run when the reader follows them.
LINKS = {
    "link": "<a href=\"javascript:hit('NAME')\">x</a>",
    "case": "<a href=\"JaVaScript:hit('NAME')\">x</a>",
    "entities": "<a href=\"&#106;ava&Tab;script&colon;hit('NAME')\">x</a>",
    "control": "<a href=\"&#1;javascript:hit('NAME')\">x</a>",
    "no quotes": "<a href=javascript:hit('NAME')>x</a>",
    "own frame": "<a target=_self href=\"javascript:hit('NAME')\">x</a>",
    "svg link": "<svg><a xlink:href=\"javascript:hit('NAME')\"><text y=9>x</text></a></svg>",
    "svg set": "<svg><a><set attributeName=href to=\"javascript:hit('NAME')\"/>x</a></svg>",
    "form": "<form action=\"javascript:hit('NAME')\"><button>x</button></form>",
    "button": "<form><button formaction=\"javascript:hit('NAME')\">x</button></form>",
    "frame source": "<iframe src=\"javascript:parent.hit('NAME')\"></iframe>",
    "embed": "<embed src=\"javascript:parent.hit('NAME')\">",
    "markdown": "[x](javascript:hit('NAME'))",
    "reference": "[x][NAME]\n\n[NAME]: javascript:hit('NAME')",
    "automatic": "<javascript:hit('NAME')>",
    "maths": r"$\href{javascript:hit('NAME')}{x}$",
    "macro": r"$\newcommand\l[1]{\href{java#1}{x}}\l{script:hit('NAME')}$",
    "diagram": '```mermaid\ngraph LR\n A-->B\n click A href "javascript:hit(`NAME`)"\n```',
    "diagram call": "```mermaid\ngraph LR\n A-->B\n click A call hit(NAME)\n```",
    "packed text": f'<p id="clm-mathjax">{PACKED}</p><p id="clm-reveal">{PACKED}</p>',
    "maths token": r'$\mmlToken{mi}[href="javascript:hit(`NAME`)"]{x}$',
    "diagram label": "```mermaid\ngraph LR\n A[\"<img src=x onerror=hit('NAME')>\"]\n```",
}
RESULTS = {
    "result script": "Javascript(\"hit('NAME')\")",
    "result": "HTML(\"<script>hit('NAME')</script>\")",
    "isolated": (
        "display({'text/html': \"<img src=x onerror=parent.hit('NAME')>\"}, raw=True,"
        " metadata={'text/html': {'isolated': True}})"
    ),
    "result image": "HTML('<img src=x onerror=\"hit(`NAME`)\">')",
    "result link": "HTML('<a href=\"javascript:hit(`NAME`)\">x</a>')",
    "result markdown": "Markdown('[x](javascript:hit(`NAME`)) <img src=x onerror=hit(`NAME`)>')",
    "result formula": "Latex(r'$\\href{javascript:hit(1)}{x}$')",
    "result drawing": 'SVG(\'<svg xmlns="http://www.w3.org/2000/svg" onload="hit(`NAME`)"/>\')',
}
RUN_RESULTS = {"result script", "result", "result image"}


def deck() -> str:
    cells = []
    for name, text in (RUNNING | LINKS).items():
        text = text.replace("NAME", name)
        lines = "".join(f"# {line}".rstrip() + "\n" for line in text.split("\n"))
        cells.append(f'# %% [markdown] tags=["slide"]\n# ## About {name}\n#\n{lines}')
    cells.append("# %%\nfrom IPython.display import *\n")
    cells += [f"# %%\n{code.replace('NAME', name)}\n" for name, code in RESULTS.items()]
    return "\n".join(cells)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = find_browser()
    assert program is not None
    with Browser(program) as browser:
        yield browser


@pytest.fixture(scope="module")
def pages(
    topic_in: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory
) -> Mapping[tuple[str, str], Path]:
    """The pages by their setting `html` and their format."""
    folder = tmp_path_factory.mktemp("strangers")
    made = {}
    topic = topic_in(folder / "topic")
    for html in (AS_WRITTEN, SANITISED):
        variants = (
            Variant("en", "completed", form, PurePosixPath(form), True)
            for form in ("html", "slides", "notebook")
        )
        topic.only(*variants)
        topic.context = evolve(topic.context, settings=NotebookSettings(html=html))
        for name, text in topic.outputs(deck()).items():
            form = name.split("/")[1]
            made[html, form] = folder / f"{html}-{form}.html"
            made[html, form].write_text(text, encoding="utf-8")
    return made


# Notes what runs, and keeps the page from being left by harmless links.
PREPARATION = """
window.hits = [];
window.hit = (name) => { hits.push(name); };
const stay = (event, url) => {
  if (/^(about|https?):|^#|^$/.test(url || "")) event.preventDefault();
};
addEventListener("click", (event) => {
  const link = event.target.closest("a, area");
  if (link) stay(event, link.getAttribute("href") || link.getAttribute("xlink:href"));
});
addEventListener("submit", (event) => {
  const own = event.submitter && event.submitter.getAttribute("formaction");
  stay(event, own || event.target.getAttribute("action"));
});
"""


READY = (
    "new Promise((done) => { const look = () => document.documentElement.dataset.ready"
    " ? done(true) : setTimeout(look, 20); look(); })"
)


def hits(browser: Browser, file: Path) -> set[str]:
    """What runs when a page is shown, and all that looks like a link is clicked."""
    page = browser.open_page()
    try:
        page.call("Page.enable")
        page.call("Page.addScriptToEvaluateOnNewDocument", {"source": PREPARATION})
        page.load(file.as_uri())
        page.evaluate(READY)
        page.evaluate(
            "document.querySelectorAll('a, area, button, svg *, [onclick]').forEach((part) =>"
            " part.dispatchEvent(new MouseEvent('click', {bubbles: true, cancelable: true})));"
            # Such links run as tasks, in order.
            "location.href = 'javascript:hit(`last`)';"
            "new Promise((done) => { const look = () => hits.includes('last')"
            " ? done(true) : setTimeout(look, 20); look(); })"
        )
        return set(page.evaluate("window.hits")) - {"last"}
    finally:
        page.close()


@pytest.mark.parametrize("form", ["html", "slides"])
def test_script_links_never_run(
    browser: Browser, pages: Mapping[tuple[str, str], Path], form: str
) -> None:
    found = hits(browser, pages[AS_WRITTEN, form])
    assert found >= {"script", "image", "drawing", "frame", *RUN_RESULTS}
    assert found & {*LINKS, "result link", "result formula", "1"} == set()


@pytest.mark.parametrize("form", ["html", "slides"])
def test_nothing_runs_on_sanitised_page(
    browser: Browser, pages: Mapping[tuple[str, str], Path], form: str
) -> None:
    assert hits(browser, pages[SANITISED, form]) == set()


FORMULAS = (
    r"\style{color: red}{x}",
    r"\require{html}\style{color: red}{x}",
    r"\bbox[color: red; position: fixed]{x}",
    r'\mmlToken{mi}[style="color: red"]{x}',
)


def test_sanitised_formulas_have_no_style(
    browser: Browser, topics: Callable[[], Any], tmp_path: Path
) -> None:
    topic = topics().only(Variant("en", "completed", "html", PurePosixPath("html"), True))
    topic.context = evolve(topic.context, settings=NotebookSettings(html=SANITISED))
    file = tmp_path / "page.html"
    (text,) = topic.outputs(f"# %% [markdown]\n# ${'$ $'.join(FORMULAS)}$\n").values()
    file.write_text(text, encoding="utf-8")
    page = browser.open_page()
    page.load(file.as_uri())
    page.evaluate(READY)
    count = "document.querySelectorAll('mjx-container{}').length"
    assert page.evaluate(count.format("")) == len(FORMULAS)
    assert page.evaluate(count.format(" svg [style*=red]")) == 0
    page.close()


def test_notebook_has_no_script_links(pages: Mapping[tuple[str, str], Path]) -> None:
    notebook = json.loads(pages[AS_WRITTEN, "notebook"].read_text(encoding="utf-8"))
    texts = {
        "".join(cell["source"]).lower() for cell in notebook["cells"] if cell["cell_type"] != "code"
    }
    assert {text.split("\n")[0] for text in texts if "javascript:" in text} == set()
