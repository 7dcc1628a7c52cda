"""Reading the orders in a source: lines `!order argument`."""

from __future__ import annotations


def orders_in(text: str) -> dict[str, list[str]]:
    """The orders with the arguments of each, in their order."""
    orders: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("!"):
            order, _, argument = line[1:].partition(" ")
            orders.setdefault(order, []).append(argument)
    return orders


def without_orders(text: str) -> str:
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith("!"))
