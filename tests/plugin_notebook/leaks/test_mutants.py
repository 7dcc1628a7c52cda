"""Mutants of the rules of audiences: the search for marks notices each of them."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from deck_reading import read_text_deck
from private_cells import CONSTRUCTS, KINDS, MarkedDeck, Output, marked

from clm_plugin_notebook import audiences
from clm_plugin_notebook.additions import Additions
from clm_plugin_notebook.api import CellTag
from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.decks.deck import Deck
from clm_plugin_notebook.decks.grading import Grading

DECIDING = (
    *("may_see", "shown_cells", "with_workshops", "_is_for", "_is_removed", "_rules", "_for"),
    *("_source", "_blank", "_hides_from"),
)
TABLES = ("_FOR_STUDENTS", "_NEVER_PUBLIC", "_KEPT", "KINDS", "_PAGES")
FORMATS = ("html", "slides", "pdf", "notebook", "code")


@cache
def decks() -> tuple[tuple[MarkedDeck, Deck], ...]:
    # Comments are left out when pages are made, not here.
    usable = [made for made in CONSTRUCTS if not made.only and made.name != "comment"]
    half = len(usable) // 2
    texts = [
        MarkedDeck(marked(usable, workshop), "py:percent", workshop_language=language)
        for workshop in (range(0), range(half), range(half, len(usable)))
        for language in ("", "de")
    ]
    return tuple((deck, read_text_deck(deck.text, languages=("de", "en"))) for deck in texts)


def wrong_marks(module: ModuleType) -> Iterator[str]:
    """Yield where cells of the module have a mark that they must not have, or lack one."""
    for deck, read in decks():
        for language in ("de", "en"):
            cells = module.with_workshops(read.cells, language)
            for kind, public, format in product(KINDS, (True, False), FORMATS):
                audience = module.Audience(language, kind, public, format=format)
                text = "\n".join(cell.source for cell in module.shown_cells(cells, audience))
                # Notes are left out of slides and paper later.
                seen = Output(language, kind, public, "slides" if format == "pdf" else format)
                for placed in deck.placed:
                    if (placed.mark in text) != deck.seen(placed, seen):
                        yield f"{placed.construct.name}: {seen}"
    yield from _wrong_stubs(module)
    yield from _wrong_tags(module)


def _wrong_tags(module: ModuleType) -> Iterator[str]:
    """The same for tags of other plugins."""
    tags = (CellTag("inner", private=True), CellTag("talk", kinds=("speaker",)), CellTag("seen"))
    for kind, public in product(KINDS, (True, False)):
        audience = module.Audience("en", kind, public, additions=Additions(tags=tags))
        expected = {"inner": not audience.shows_public, "talk": kind == "speaker", "seen": True}
        for tag, is_shown in expected.items():
            cell = Cell("markdown", "x", frozenset({tag}))
            if bool(module.shown_cells([cell], audience)) != is_shown:
                yield f"{tag}: {kind}, {public}"


def _wrong_stubs(module: ModuleType) -> Iterator[str]:
    student = module.Audience("en", "code-along", True, code_stub="STUB")
    solution = "### BEGIN SOLUTION\nx\n### END SOLUTION"
    for cell, expected in (
        (Cell("code", solution), "STUB"),
        (Cell("markdown", solution), "YOUR ANSWER HERE"),
        (Cell("code", "x", grading=Grading(solution=True)), "STUB"),
        (Cell("code", "x", frozenset({"answer"})), ""),
        (Cell("markdown", "x", frozenset({"answer"})), student.answer),
        (Cell("code", "x", frozenset({"keep", "remove-input"})), "x"),
    ):
        if [shown.source for shown in module.shown_cells([cell], student)] != [expected]:
            yield f"{cell}"


def test_rules_have_no_wrong_marks() -> None:
    assert list(wrong_marks(audiences)) == []


@pytest.mark.slow
def test_all_mutants_killed() -> None:
    tree = ast.parse(Path(audiences.__file__).read_text(encoding="utf-8"))
    survivors = []
    mutants = 0
    for name, mutant in _mutants(tree):
        mutants += 1
        if not _is_killed(mutant):
            survivors.append(name)
    assert mutants > 60
    assert survivors == []


def _is_killed(tree: ast.Module) -> bool:
    module = ModuleType(audiences.__name__)
    module.__file__ = audiences.__file__
    try:
        exec(compile(tree, audiences.__file__, "exec"), module.__dict__)
        return next(wrong_marks(module), None) is not None
    except Exception:
        return True  # it decides nothing


def _mutants(tree: ast.Module) -> Iterator[tuple[str, ast.Module]]:
    for index, node in enumerate(tree.body):
        if not _is_deciding(node):
            continue
        for inner, part in enumerate(ast.walk(node)):
            for number, change in enumerate(_changes(part)):
                mutant = copy.deepcopy(tree)
                target = list(ast.walk(mutant.body[index]))[inner]
                change(target)
                name = f"line {getattr(part, 'lineno', 0)}: {ast.unparse(part)[:60]} ({number})"
                yield name, ast.fix_missing_locations(mutant)


def _is_deciding(node: ast.stmt) -> bool:
    if isinstance(node, ast.FunctionDef):
        return node.name in DECIDING
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return any(isinstance(target, ast.Name) and target.id in TABLES for target in targets)


def _changes(node: ast.AST) -> Iterator[Callable[[Any], None]]:
    """Yield functions that change such a node in place: all conditions, and all tags of sets."""
    if isinstance(node, ast.Set):
        yield from (_without(index) for index in range(len(node.elts)))
    if isinstance(node, ast.BoolOp):
        yield _other_operator
        yield from (_without_value(index) for index in range(len(node.values)))
    if isinstance(node, ast.Compare):
        yield _opposite
    if isinstance(node, (ast.If, ast.IfExp)):
        yield _always(True)
        yield _always(False)
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.BitOr, ast.BitAnd)):
        yield lambda target: setattr(target, "right", target.left)
        yield lambda target: setattr(target, "left", target.right)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield lambda target: setattr(target, "op", ast.UAdd())
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield lambda target: setattr(target, "value", not target.value)


def _without(index: int) -> Callable[[Any], None]:
    return lambda target: target.elts.pop(index)


def _without_value(index: int) -> Callable[[Any], None]:
    def change(target: Any) -> None:
        del target.values[index]
        target.values *= 2 // len(target.values)

    return change


def _other_operator(target: Any) -> None:
    target.op = ast.And() if isinstance(target.op, ast.Or) else ast.Or()


def _opposite(target: Any) -> None:
    opposite = {ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}
    target.ops = [opposite[type(target.ops[0])]()]


def _always(value: bool) -> Callable[[Any], None]:
    return lambda target: setattr(target, "test", ast.Constant(value))
