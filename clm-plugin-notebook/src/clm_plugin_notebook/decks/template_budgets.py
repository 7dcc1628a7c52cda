"""Jinja environments with budgets: a template can neither run for ever nor fill the memory.

Steps are counted, not seconds, so that a template fails on each machine or on none. Where an
operation itself needs too much, it is refused before its result is computed. What is left ends at a
limit of memory, which is that of the process: it holds while the process has no other thread.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator, Sized
from contextlib import contextmanager
from functools import wraps
from typing import Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import TemplateRuntimeError
from jinja2.runtime import Context, LoopContext
from jinja2.sandbox import SandboxedEnvironment

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

MAX_STEPS = 1_000_000
MAX_TEXT = 20_000_000
_MAX_SLOW = 100_000
_MAX_MEMORY = 2**30
_MAX_BITS = 100_000
_MAX_PARAGRAPHS = 1000
_STATM = "/proc/self/statm"
_SIZED_BY_NUMBERS = frozenset({"center", "ljust", "rjust", "zfill", "expandtabs", "to_bytes"})
# Their time is more than linear, or a thousand times that of others.
_SLOW_FILTERS = ("groupby", "pprint", "sort", "title", "unique", "urlize", "wordcount", "wordwrap")
_SIZED = (str, bytes, list, tuple, dict, set, frozenset, range)
_WIDTH = re.compile(r"%[^%a-zA-Z]*?([0-9]{7,})")


class TemplateBudgetError(TemplateRuntimeError):
    """A template needs more steps, text, time or memory than it may."""


class _Generator(CodeGenerator):
    """Compiles loops that count their rounds, and operations whose results are measured."""

    def visit_For(self, node: nodes.For, frame: Frame) -> None:
        counted = nodes.EnvironmentAttribute("counted", lineno=node.lineno)
        node.iter = nodes.Call(counted, [node.iter], [], None, None, lineno=node.lineno)
        super().visit_For(node, frame)

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:
        self._measured(super().visit_Concat, node, frame)

    def visit_Filter(self, node: nodes.Filter, frame: Frame) -> None:
        self._measured(super().visit_Filter, node, frame)

    def _measured(self, visit: Any, node: nodes.Node, frame: Frame) -> None:
        self.write("environment.measured(")
        visit(node, frame)
        self.write(")")


class BudgetedEnvironment(SandboxedEnvironment):
    """A sandbox for templates of the course and of other plugins, to be used in `budgets`."""

    code_generator_class = _Generator
    intercepted_binops = frozenset({"*", "**", "+", "%"})

    def __init__(self, *args: Any, max_text: int = MAX_TEXT, **kwargs: Any) -> None:
        self._max_text = max_text
        self._steps = self._text = 0
        super().__init__(*args, finalize=self._put_out, **kwargs)
        for name in _SLOW_FILTERS:
            self.filters[name] = _short_filter(self.filters[name])
        for name in ("center", "indent", "batch", "slice", "replace", "join", "format"):
            self.filters[name] = _checked_filter(name, self.filters[name])
        self.globals["lipsum"] = _checked_lipsum(self.globals["lipsum"])

    @contextmanager
    def budgets(self) -> Iterator[None]:
        """Raises TemplateBudgetError if the templates in the block exceed their budgets."""
        self._steps = self._text = 0
        try:
            with _memory_limit():
                yield
        except MemoryError as error:
            raise TemplateBudgetError("the template needs too much memory").with_traceback(
                error.__traceback__
            ) from None

    def counted(self, items: Iterable[Any]) -> Iterator[Any]:
        """The items of a loop, each of which is a step."""
        for item in items:
            self._step()
            yield item

    def measured(self, value: Any) -> Any:
        """The value, if it is not too large."""
        self._step()
        if isinstance(value, _SIZED):
            _check_size(len(value), self._max_text)
        return value

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if operator in ("*", "**"):
            _check_product(operator, left, right)
        elif operator == "%" and isinstance(left, str):
            _check_widths(left, right)
        return self.measured(super().call_binop(context, operator, left, right))

    def call(self, context: Context, obj: Any, *args: Any, **kwargs: Any) -> Any:
        self._step()
        _check_method(obj, args, kwargs)
        if isinstance(obj, LoopContext) and args:
            args = (self.counted(args[0]), *args[1:])
        return self.measured(super().call(context, obj, *args, **kwargs))

    def _put_out(self, value: Any) -> Any:
        if isinstance(value, str):
            self._text += len(value)
            _check_size(self._text, self._max_text)
        return value

    def _step(self) -> None:
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise TemplateBudgetError(f"the template takes more than {MAX_STEPS:,} steps")


def _check_product(operator: str, left: Any, right: Any) -> None:
    if isinstance(left, int) and isinstance(right, int):
        bits, more = left.bit_length(), right.bit_length()
        if (bits * right if operator == "**" else bits + more) > _MAX_BITS:
            raise TemplateBudgetError("the template computes a number of too many digits")
    elif operator == "*":
        for value, times in ((left, right), (right, left)):
            if isinstance(value, Sized) and isinstance(times, int):
                _check_size(len(value) * times)


def _check_widths(text: str, values: Any) -> None:
    for width in _WIDTH.findall(text):
        _check_size(int(width))
    if "*" in text and isinstance(values, tuple):
        _check_numbers(values, {})


def _check_method(obj: Any, args: Iterable[Any], kwargs: dict[str, Any]) -> None:
    name = getattr(obj, "__name__", "")
    if name in _SIZED_BY_NUMBERS:
        _check_numbers(args, kwargs)
    elif name in ("join", "replace") and isinstance(own := obj.__self__, (str, bytes)):
        _check_repeated(own, args)


def _check_repeated(own: Any, others: Iterable[Any]) -> None:
    """Refuses what may become too long if another text is put between all items of a text."""
    lengths = [len(other) for other in others if isinstance(other, _SIZED)]
    if lengths:
        _check_size(len(own) * max(lengths))


def _check_size(size: int, limit: int = MAX_TEXT) -> None:
    if size > limit:
        raise TemplateBudgetError(
            f"the template makes a text or list of more than {limit:,} characters or items"
        )


def _check_numbers(args: Iterable[Any], kwargs: dict[str, Any]) -> None:
    for value in (*args, *kwargs.values()):
        if isinstance(value, int):
            _check_size(value)


def _checked_filter(name: str, function: Any) -> Any:
    @wraps(function)
    def checked(*args: Any, **kwargs: Any) -> Any:
        if name not in ("format", "replace"):
            _check_numbers(args, kwargs)
        if name in ("replace", "join", "indent"):
            own, *others = [v for v in (*args, *kwargs.values()) if isinstance(v, _SIZED)] or [""]
            _check_repeated(own, others)
        elif name == "format" and args and isinstance(args[0], str):
            _check_widths(args[0], args[1:])
        return function(*args, **kwargs)

    return checked


def _short_filter(function: Any) -> Any:
    @wraps(function)
    def checked(*args: Any, **kwargs: Any) -> Any:
        for value in args:
            if isinstance(value, _SIZED):
                _check_size(len(value), _MAX_SLOW)
        return function(*args, **kwargs)

    return checked


def _checked_lipsum(function: Any) -> Any:
    def lipsum(n: int = 5, html: bool = True, min: int = 20, max: int = 100) -> Any:
        if n * max > 100 * _MAX_PARAGRAPHS:
            raise TemplateBudgetError(f"lipsum makes at most {_MAX_PARAGRAPHS:,} paragraphs")
        return function(n=n, html=html, min=min, max=max)

    return lipsum


@contextmanager
def _memory_limit() -> Iterator[None]:
    # Another thread might start a program, which would inherit the limit.
    if resource is None or threading.active_count() > 1 or (used := _used_memory()) is None:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    limit = used + _MAX_MEMORY
    if 0 <= soft <= limit or 0 <= hard <= limit:  # RLIM_INFINITY is -1
        yield
        return
    resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _used_memory() -> int | None:
    """The size of the address space of the process in bytes, None if the system does not tell."""
    assert resource is not None
    try:
        with open(_STATM, "rb") as file:  # noqa: PTH123
            return int(file.read().split()[0]) * resource.getpagesize()
    except OSError:
        return None
