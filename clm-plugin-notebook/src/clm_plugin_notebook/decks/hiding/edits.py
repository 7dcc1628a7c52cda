"""Texts that differ by one typo."""

from __future__ import annotations


def is_one_edit(text: str, other: str) -> bool:
    """Whether texts are equal, or differ in one character, or in the order of two neighbours."""
    if len(text) > len(other):
        text, other = other, text
    start = next(
        (i for i, (a, b) in enumerate(zip(text, other, strict=False)) if a != b), len(text)
    )
    if len(other) - len(text) == 1:
        return text[start:] == other[start + 1 :]
    is_exchange = text[start : start + 2] == other[start : start + 2][::-1]
    return len(other) == len(text) and (
        text[start + 1 :] == other[start + 1 :]
        or (is_exchange and text[start + 2 :] == other[start + 2 :])
    )
