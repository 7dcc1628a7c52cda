"""HTML fragments of pages: Markdown, code and results."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from html import escape
from typing import Any

from attrs import evolve, frozen
from pygments.util import ClassNotFound

from clm_plugin_notebook.decks.text.markdown_syntax.remarks import MarkdownRemark
from clm_plugin_notebook.decks.text.script_links import without_script_links
from clm_plugin_notebook.lazy_jupyter import HighlightMagicsPreprocessor, ansi2html
from clm_plugin_notebook.pages.html.code_html import highlighted
from clm_plugin_notebook.pages.html.drawings import is_drawing
from clm_plugin_notebook.pages.html.leftovers import leftovers
from clm_plugin_notebook.pages.html.loads import other_loads
from clm_plugin_notebook.pages.html.markdown_html import MarkdownRenderer, mermaid
from clm_plugin_notebook.pages.html.markup import Tag, find_tags
from clm_plugin_notebook.pages.html.sanitising import LEFT_OUT, LEFT_OUT_HINT, removed, sanitised
from clm_plugin_notebook.pages.html.terminal_colors import with_named_colors

_MATHS = re.compile(r"\$[^$<]+\$|\\\(|\\\[|\\begin\{", re.S)
_PREFORMATTED = re.compile(r"<(pre|code|script|style)\b.*?</\1\s*>", re.S | re.I)
_MERMAID = re.compile(r"""<pre\b[^>]*class=["']?mermaid""", re.I)
_PLOTLY_MATHS = re.compile(r'"\$[^"$]+\$"')
_JQUERY = re.compile(r"\$\(|\bjQuery\b")
_REQUIRE = re.compile(r"\brequire(?:js)?\s*[(.]")
_CACHE_SIZE = 2048


@frozen
class Fragment:
    """A piece of HTML; `needs` are the names of the assets that it requires.

    `remarks` are about the Markdown that it was made from; a fragment of Markdown also has the
    `loads` that its tags do not show (see `other_loads`).
    """

    html: str
    tags: tuple[Tag, ...] = ()
    needs: frozenset[str] = frozenset()
    remarks: Sequence[MarkdownRemark] = ()
    loads: Sequence[tuple[str, str]] = ()


class Fragments:
    """Renders and caches fragments: most are on several pages of a deck.

    If they are `sanitised`, none of them runs anything in a browser.
    """

    def __init__(self, *, is_sanitised: bool = False) -> None:
        self.is_sanitised = is_sanitised
        self._markdown = MarkdownRenderer()
        self._magics: Any = HighlightMagicsPreprocessor()
        self.markdown: Callable[[str, str], Fragment] = lru_cache(_CACHE_SIZE)(self._make_markdown)
        self.code: Callable[[str, str], str] = lru_cache(_CACHE_SIZE)(self._make_code)

    def _make_markdown(self, source: str, language: str) -> Fragment:
        made = self._markdown.render(source, language)
        remarks = (*made.remarks, *leftovers(source, made.html))
        html = self.clean(made.html)
        if self.is_sanitised:
            remarks += tuple(_left_out(source, removed(made.html, html, source)))
        return evolve(
            fragment(html), remarks=remarks, loads=tuple(dict.fromkeys(other_loads(html)))
        )

    def _make_code(self, source: str, language: str) -> str:
        css_class = f" highlight hl-{language}"
        try:
            magic = self._magics.which_magic_language(source)
            return highlighted(source, magic or language, css_class)
        except ClassNotFound:
            return highlighted(source, "text", css_class)

    def clean(self, html: str) -> str:
        """Return HTML without links that run code or, if sanitised, all that runs."""
        return sanitised(html) if self.is_sanitised else without_script_links(html)

    def output(self, output: Mapping[str, Any], language: str) -> Fragment:
        """Render an output of a code cell, given in nbformat's form."""
        kind = output["output_type"]
        if kind == "stream":
            classes = f"output_stream output_{output['name']} output_text"
            return Fragment(_area(classes, _preformatted(output["text"])))
        if kind == "error":
            return Fragment(_area("output_text output_error", _traceback(output)))
        extra = " output_execute_result" if kind == "execute_result" else ""
        for mime_type, make in _MIME_TYPES.items():
            if mime_type in output["data"] and not (self.is_sanitised and make is _script):
                return make(self, output, extra, language)
        return Fragment(_area("output_text", _preformatted(_placeholder(output["data"]))))


def _left_out(source: str, names: tuple[str, ...]) -> Iterator[MarkdownRemark]:
    if names:
        before = source.casefold().partition(names[0].strip("<>"))[0]
        message = f"{LEFT_OUT} {', '.join(f'`{name}`' for name in names)}"
        yield MarkdownRemark(before.count("\n") + 1, message, LEFT_OUT_HINT)


def fragment(html: str) -> Fragment:
    """Return a piece of HTML with its tags and the assets that it needs."""
    return Fragment(html, tuple(find_tags(html)), frozenset(_needs(html)))


def _needs(html: str) -> set[str]:
    needs = set()
    if _MATHS.search(_PREFORMATTED.sub("", html)):
        needs.add("mathjax")
    if _MERMAID.search(html):
        needs.add("mermaid")
    if "plotly-graph-div" in html and _PLOTLY_MATHS.search(html):
        needs.add("mathjax")
    if "<script" in html and _JQUERY.search(html):
        needs.add("jquery")
    if "<script" in html and _REQUIRE.search(html):
        needs.add("require")
    return needs


def _area(classes: str, html: str) -> str:
    return f'<div class="output_subarea {classes}">{html}</div>'


def _preformatted(text: str) -> str:
    return f'<pre tabindex="0">{with_named_colors(ansi2html(text))}</pre>'


def _traceback(output: Mapping[str, Any]) -> str:
    lines = output["traceback"] or [f"{output['ename']}: {output['evalue']}"]
    return _preformatted("\n".join(lines))


def _text(_: Fragments, output: Mapping[str, Any], extra: str, __: str) -> Fragment:
    return Fragment(_area(f"output_text{extra}", _preformatted(output["data"]["text/plain"])))


def _html(fragments: Fragments, output: Mapping[str, Any], extra: str, __: str) -> Fragment:
    html = fragments.clean(output["data"]["text/html"])
    if not fragments.is_sanitised and output.get("metadata", {}).get("text/html", {}).get(
        "isolated"
    ):
        page = base64.b64encode(html.encode()).decode()
        html = f'<iframe class="isolated-iframe" src="data:text/html;base64,{page}"></iframe>'
    classes = f"output_html rendered_html{extra}"
    return fragment(_area(classes, html).replace(">", ' tabindex="0">', 1))


def _markdown(
    fragments: Fragments, output: Mapping[str, Any], extra: str, language: str
) -> Fragment:
    html = fragments.markdown(output["data"]["text/markdown"], language).html
    return fragment(_area(f"output_markdown rendered_html{extra}", html))


def _latex(_: Fragments, output: Mapping[str, Any], extra: str, __: str) -> Fragment:
    html = escape(without_script_links(output["data"]["text/latex"]))
    return Fragment(_area(f"output_latex{extra}", html), needs=frozenset({"mathjax"}))


def _mermaid_output(_: Fragments, output: Mapping[str, Any], extra: str, __: str) -> Fragment:
    return fragment(_area(extra.strip(), mermaid(output["data"]["text/vnd.mermaid"])))


def _script(_: Fragments, output: Mapping[str, Any], extra: str, __: str) -> Fragment:
    script = output["data"]["application/javascript"]
    # As in Jupyter, the script finds its output element in the variable `element`.
    html = f"<div></div><script>{{const element = $(document.currentScript).prev();{script}}}"
    return fragment(_area(f"output_javascript{extra}", f"{html}</script>"))


_PICTURE = {"de": "Bild, das der Code erzeugt hat", "en": "Picture made by the code"}


def _image(mime_type: str) -> Callable[[Fragments, Mapping[str, Any], str, str], Fragment]:
    name = mime_type.partition("/")[2].partition("+")[0]

    def make(_: Fragments, output: Mapping[str, Any], extra: str, language: str) -> Fragment:
        data = output["data"][mime_type]
        drawing = mime_type == "image/svg+xml" and is_drawing(data.encode())
        if mime_type == "image/svg+xml":
            data = base64.b64encode(data.encode()).decode()
        about = output.get("metadata", {})
        about = {**about, **about.get(mime_type, {})}
        text = about.get("alt") or _PICTURE.get(language, _PICTURE["en"])
        attributes = {"src": f"data:{mime_type};base64,{data.strip()}", "alt": text}
        attributes |= {key: about[key] for key in ("width", "height") if about.get(key)}
        classes = ["unconfined"] * bool(about.get("unconfined")) + ["drawing"] * drawing
        if classes:
            attributes["class"] = " ".join(classes)
        written = " ".join(f'{k}="{escape(str(v))}"' for k, v in attributes.items())
        return Fragment(_area(f"output_{name}{extra}", f"<img {written}>"))

    return make


def _placeholder(data: Mapping[str, Any]) -> str:
    return f"[{', '.join(sorted(data))}]" if data else ""


# In order of preference: a result is shown in the first of these formats that it has.
_MIME_TYPES: Mapping[str, Callable[[Fragments, Mapping[str, Any], str, str], Fragment]] = {
    "application/javascript": _script,
    "text/html": _html,
    "text/markdown": _markdown,
    "image/svg+xml": _image("image/svg+xml"),
    "text/vnd.mermaid": _mermaid_output,
    "text/latex": _latex,
    **{name: _image(name) for name in ("image/png", "image/jpeg", "image/gif", "image/webp")},
    "text/plain": _text,
}
SHOWN_TYPES = frozenset(_MIME_TYPES)
