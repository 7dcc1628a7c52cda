"""Filters and tests for templates."""

from __future__ import annotations

from clm_plugin_difficulty.plugin import LEVELS


def is_level(name: str) -> bool:
    return name in LEVELS


def stars(name: str) -> str:
    number = [*LEVELS].index(name) + 1
    return "★" * number + "☆" * (len(LEVELS) - number)
