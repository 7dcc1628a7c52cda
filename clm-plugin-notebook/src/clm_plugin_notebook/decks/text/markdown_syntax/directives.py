"""Admonitions and other blocks of MyST, Quarto and GitHub."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from html import escape
from typing import Any
from urllib.parse import quote

from attrs import evolve, frozen
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.colon_fence import colon_fence_plugin

from clm_plugin_notebook.decks.text.markdown_syntax.remarks import add_remark
from clm_plugin_notebook.decks.text.markdown_syntax.sizes import with_sizes

_ADMONITIONS = frozenset(
    [
        "admonition",
        "attention",
        "caution",
        "danger",
        "error",
        "hint",
        "important",
        "note",
        "seealso",
        "tip",
        "warning",
    ]
)
# Boxes without a title of their own; `dropdown` and `toggle` can be opened.
_BOXES = frozenset(["aside", "dropdown", "margin", "sidebar", "toggle", "topic"])
# Directives whose content is text, and not code.
TEXT_BLOCKS = _ADMONITIONS | _BOXES | {"div", "exercise", "solution"}
# Boxes of sphinx-exercise and sphinx-proof; an exercise may also start and end in different cells.
_EXERCISE = re.compile(r"(exercise|solution)(-start|-end)?|prf:([a-z]+)")
_CODE = frozenset({"code", "code-block", "sourcecode", "code-cell"})
_FENCES = ("fence", "colon_fence")

_MAX_DEPTH = 20
_BRACES = re.compile(r"\{([\w:.-]+)\}[ \t]*(.*)")
_ATTRIBUTES = re.compile(r"\{([^{}]*)\}")
_PLAIN = re.compile(r"([\w-]+)(?:\[([^\]]*)\]|[ \t]+(.*))?")
_CLASS = re.compile(r"(?:^|\s)\.([\w-]+)")
_TITLE = re.compile(r"""\btitle=(?:"([^"]*)"|'([^']*)')""")
_OPTION = re.compile(r":([\w-]+):[ \t]*(.*)")
_ALERT = re.compile(r"\[!(\w+)\][+-]?(?:[ \t]+([^\n]*))?[ \t]*(?:\n|$)")


@frozen
class _Block:
    """A fence that is more than code; `line` is the line of its body, from 0."""

    name: str
    argument: str
    body: str
    line: int
    options: Mapping[str, str]
    token: Token


def add_directives(parser: MarkdownIt) -> None:
    """Let a parser read MyST's directives, also with colons, and GitHub's alerts."""
    parser.use(colon_fence_plugin)
    parser.core.ruler.after("block", "directives", _directives)
    parser.core.ruler.after("directives", "alerts", _alerts)
    for name in ("admonition_open", "admonition_close"):
        parser.add_render_rule(name, _render_admonition)


def _directives(state: StateCore) -> None:
    if any(token.type in _FENCES for token in state.tokens):
        state.tokens = _expanded(state, state.tokens)


def _expanded(state: StateCore, tokens: list[Token]) -> list[Token]:
    found: list[Token] = []
    for token in tokens:
        found += _tokens(state, token) if token.type in _FENCES else [token]
    return found


def _tokens(state: StateCore, token: Token) -> list[Token]:
    block = _block(token)
    # R Markdown continues divs behind code, in another cell.
    if token.type == "colon_fence" and (block is None or block.name != "div"):
        _check_end(state, token)
    if block is None:
        return [token] if token.type == "fence" else _unknown(state, token)
    if block.name in _ADMONITIONS | _BOXES:
        return _admonition(state, block)
    if block.name in _CODE:
        return [_code(block)]
    if exercise := _EXERCISE.fullmatch(block.name):
        return [] if exercise[2] == "-end" else _exercise(state, block, exercise)
    make = _MAKERS.get(block.name)
    if make is not None:
        return make(state, block)
    return [token] if token.type == "fence" else _unknown(state, token)


def _block(token: Token) -> _Block | None:
    """Return a fence as a block, None if it is code or of no known form."""
    info = token.info.strip()
    line = token.map[0] + 1 if token.map else 0
    made = _Block("", "", token.content, line, {}, token)
    if match := _BRACES.fullmatch(info):
        return _with_options(evolve(made, name=match[1], argument=match[2].strip()))
    if token.type == "fence":
        return None
    if match := _ATTRIBUTES.fullmatch(info):
        classes = _CLASS.findall(match[1])
        title = _TITLE.search(match[1])
        name = classes[0].removeprefix("callout-") if classes else ""
        if name in _ADMONITIONS:
            return evolve(made, name=name, argument=(title[1] or title[2] or "") if title else "")
        return evolve(made, name="div", argument=" ".join(classes))
    match = _PLAIN.fullmatch(info)
    if match is None:
        return None
    if match[1] not in _ADMONITIONS | _BOXES:
        # A div of Pandoc, whose name is its class, unless it is a mistyped one of the others.
        mistyped = get_close_matches(match[1], _ADMONITIONS | _BOXES, cutoff=0.75)
        return None if mistyped else evolve(made, name="div", argument=match[1])
    return _with_options(evolve(made, name=match[1], argument=match[2] or match[3] or ""))


def _with_options(block: _Block) -> _Block:
    """Take the lines `:key: value` at the start of a block's body for its options."""
    lines = block.body.split("\n")
    options = {}
    count = 0
    for line in lines:
        match = _OPTION.fullmatch(line.strip())
        if match is None:
            break
        options[match[1]] = match[2].strip()
        count += 1
    body = "\n".join(lines[count:])
    return evolve(block, body=body, line=block.line + count, options=options)


def _nested(state: StateCore, block: _Block) -> list[Token]:
    """Return the tokens of a block's body; too deep inside other blocks, it is shown as text."""
    depth = state.env.get("depth", 0)
    if depth == _MAX_DEPTH:
        message = f"more than {_MAX_DEPTH} blocks are within each other"
        add_remark(state.env, block.line, message, "the inner ones are shown as text")
        return [Token("code_block", "code", 0, content=block.body, block=True)]
    state.env["depth"] = depth + 1
    try:
        return _body(state, block)
    finally:
        state.env["depth"] = depth


def _body(state: StateCore, block: _Block) -> list[Token]:
    tokens: list[Token] = []
    earlier = len(state.env.get("remarks", ()))
    state.md.block.parse(block.body, state.md, state.env, tokens)
    for token in tokens:
        if token.map:
            token.map = [line + block.line for line in token.map]
    remarks = state.env.get("remarks", [])
    remarks[earlier:] = [evolve(r, line=r.line + block.line) for r in remarks[earlier:]]
    return _expanded(state, tokens)


def _admonition(state: StateCore, block: _Block) -> list[Token]:
    classes = block.options.get("class", "").split()
    opens = block.name in ("dropdown", "toggle") or "dropdown" in classes
    body = _nested(state, block)
    title = block.argument
    tag = "details" if opens else "div"
    return _box(block.name, title, tag, block.token.map, body, " ".join(classes))


def _exercise(state: StateCore, block: _Block, match: re.Match[str]) -> list[Token]:
    """Show an exercise, a theorem or the like as a box with its kind as title."""
    kind = match[1] or match[3]
    # The argument of a solution is the label of its exercise.
    title = kind.capitalize() if kind == "solution" else f"{kind.capitalize()} {block.argument}"
    return _admonition(state, evolve(block, name=kind, argument=title.strip()))


def _box(
    name: str, title: str, tag: str, lines: Any, body: list[Token], classes: str = ""
) -> list[Token]:
    opening = Token("admonition_open", tag, 1, block=True, map=lines)
    opening.attrs = {"class": f"admonition {name} {classes}".strip()}
    closing = Token("admonition_close", tag, -1, block=True)
    head: list[Token] = []
    if title or name in _ADMONITIONS or tag == "details":
        kind = "summary" if tag == "details" else "p"
        start = Token("admonition_title_open", kind, 1)
        start.attrs = {"class": "admonition-title"}
        text = Token("inline", "", 0, content=title, children=[], map=lines)
        if not title:
            text = Token("admonition_label", "", 0, info=name)
        head = [start, text, Token("admonition_title_close", kind, -1, block=True)]
    return [opening, *head, *body, closing]


def _render_admonition(renderer: Any, tokens: Any, index: int, options: Any, env: Any) -> str:
    token = tokens[index]
    if token.nesting < 0:
        return f"</{token.tag}>\n"
    return f"<{token.tag}{renderer.renderAttrs(token)}>\n"


def _code(block: _Block) -> Token:
    """Return a directive with code as a fence, with its options as metadata."""
    token = block.token
    made = Token("fence", "code", 0, content=block.body, block=True, map=token.map)
    if block.options:
        made.content = made.content.removeprefix("\n")
    made.markup, made.info = token.markup, block.argument
    made.meta = {"options": dict(block.options)}
    return made


def _fence(language: str) -> Callable[[StateCore, _Block], list[Token]]:
    def make(_: StateCore, block: _Block) -> list[Token]:
        return [_code(evolve(block, argument=language))]

    return make


def _maths(_: StateCore, block: _Block) -> list[Token]:
    content = f"$$\n{block.argument}{block.body.rstrip()}\n$$"
    inline = Token("inline", "", 0, content=content, children=[], map=block.token.map)
    return [
        Token("paragraph_open", "p", 1, block=True),
        inline,
        Token("paragraph_close", "p", -1, block=True),
    ]


def _picture(state: StateCore, block: _Block) -> list[Token]:
    attributes = {"src": quote(block.argument, safe=":/?#@!$&()*+,;=%~'")}
    attributes |= {k: block.options[k] for k in ("alt", "width", "height") if k in block.options}
    written = " ".join(f'{k}="{escape(value)}"' for k, value in with_sizes(attributes).items())
    picture = Token("html_block", "", 0, content=f"<img {written}>\n", map=block.token.map)
    if block.name == "image":
        return [picture]
    opening = Token("html_block", "", 0, content="<figure>\n")
    caption = _nested(state, block)
    if caption:
        before = Token("html_block", "", 0, content="<figcaption>\n")
        caption = [before, *caption, Token("html_block", "", 0, content="</figcaption>\n")]
    return [opening, picture, *caption, Token("html_block", "", 0, content="</figure>\n")]


def _division(state: StateCore, block: _Block) -> list[Token]:
    names = escape(" ".join(re.findall(r"[\w-]+", block.argument)))
    opening = Token("html_block", "", 0, content=f'<div class="{names}">\n' if names else "<div>\n")
    closing = Token("html_block", "", 0, content="</div>\n")
    return [opening, *_nested(state, block), closing]


_MAKERS: Mapping[str, Callable[[StateCore, _Block], list[Token]]] = {
    "math": _maths,
    "mermaid": _fence("mermaid"),
    "image": _picture,
    "figure": _picture,
    "div": _division,
}


def _unknown(state: StateCore, token: Token) -> list[Token]:
    """Show the content of a block in colons without the block."""
    line = token.map[0] if token.map else 0
    name = token.info.strip()
    hint = "known blocks are those of MyST: note, tip, warning, dropdown and others"
    message = f"the block `:::{name}` is unknown; its content is shown without it"
    add_remark(state.env, line, message if name else "`:::` begins no block", hint)
    return _nested(state, _Block("", "", token.content, line + 1, {}, token))


def _check_end(state: StateCore, token: Token) -> None:
    if token.map and token.map[1] - token.map[0] - 1 == len(token.content.splitlines()):
        hint = f"write `{token.markup}` on a line of its own after its last line"
        message = f"the block `{token.markup}{token.info.strip()}` has no end"
        add_remark(state.env, token.map[0], message, hint)


def _alerts(state: StateCore) -> None:
    """Make admonitions of quotes that start with `[!NOTE]`."""
    if not any(token.type == "blockquote_open" for token in state.tokens):
        return
    found: list[Token] = []
    closings: list[Token | None] = []
    tokens = iter(list(enumerate(state.tokens)))
    for number, token in tokens:
        if token.type == "blockquote_open":
            match = _alert(state.tokens, number)
            closings.append(None)
            if match:
                *head, closings[-1] = _box(match[1].lower(), match[2] or "", "div", token.map, [])
                found += head
                inline = state.tokens[number + 2]
                inline.content = inline.content[match.end() :]
                for _ in range(0 if inline.content else 3):  # an empty paragraph
                    next(tokens)
                continue
        elif token.type == "blockquote_close":
            token = closings.pop() or token
        found.append(token)
    state.tokens = found


def _alert(tokens: list[Token], number: int) -> re.Match[str] | None:
    if tokens[number + 1].type != "paragraph_open":
        return None
    match = _ALERT.match(tokens[number + 2].content)
    return match if match and match[1].lower() in _ADMONITIONS else None
