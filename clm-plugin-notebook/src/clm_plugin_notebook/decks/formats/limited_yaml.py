"""YAML in decks, read by jupytext with limits of depth and of size with aliases expanded.

A few lines of aliases stand for gigabytes as soon as something copies what they stand for.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from clm_plugin_notebook.lazy_jupyter import jupytext

_yaml: Any = jupytext.myst.yaml
YAMLError: type[Exception] = _yaml.YAMLError
_MAX_DEPTH = 60
_MAX_NODES = 100_000


class _Loader(_yaml.SafeLoader):  # type: ignore[misc]
    """Counts nodes while it composes them; nothing is constructed before."""

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._depth = self._size = 0
        self._sizes: dict[int, int] = {}

    def compose_node(self, parent: Any, index: Any) -> Any:
        event, before = self.peek_event(), self._size
        is_alias = isinstance(event, _yaml.AliasEvent)
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise self._too_much(event)
        node = super().compose_node(parent, index)
        self._depth -= 1
        # An alias within what it stands for has no size yet, since that has no end.
        self._size += self._sizes.get(id(node), _MAX_NODES) if is_alias else 1
        if self._size > _MAX_NODES:
            raise self._too_much(event)
        if not is_alias:
            self._sizes[id(node)] = self._size - before
        return node

    def _too_much(self, event: Any) -> Exception:
        text = "it is nested too deeply or, with its aliases expanded, too large"
        return _yaml.composer.ComposerError(None, None, text, event.start_mark)  # type: ignore[no-any-return]


def _safe_load(text: str) -> Any:
    return _yaml.load(text, _Loader)


_limited = SimpleNamespace(**{**vars(_yaml), "safe_load": _safe_load})
jupytext.header.yaml = jupytext.myst.yaml = _limited
