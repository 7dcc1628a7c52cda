"""Orders in a source: lines `!order argument`."""

from __future__ import annotations


def orders_in(text: str) -> dict[str, list[str]]:
    """Return the orders of a source with the arguments of each, in the order of their lines."""
    orders: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("!"):
            order, _, argument = line[1:].partition(" ")
            orders.setdefault(order, []).append(argument)
    return orders


def without_orders(text: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("!"))
