"""Parts of jobs that are too large for messages, sent through the shared cache."""

from __future__ import annotations

from collections.abc import Mapping

from clm import ClmError
from clm.stores.api import SharedContents, StoreError
from clm_plugin_rabbitmq.messages import LARGEST_BODY

Parts = Mapping[str, bytes]


def split(parts: Parts) -> tuple[Parts, Parts]:
    """The parts that fit in a message together, and the largest ones, which do not."""
    kept, moved = dict(parts), {}
    size = sum(map(len, kept.values()))
    for name in sorted(parts, key=lambda name: len(parts[name]), reverse=True):
        if size <= LARGEST_BODY:
            break
        moved[name] = kept.pop(name)
        size -= len(moved[name])
    return kept, moved


def put_large(
    parts: Parts, digests: Mapping[str, str], shared: SharedContents, whose: str
) -> tuple[Parts, Mapping[str, int]]:
    """The parts for a message, and the sizes of those that are in the shared cache now.

    `whose` names what has these parts in errors.

    Raises:
        ClmError: some must be in the shared cache, and cannot be.
    """
    kept, moved = split(parts)
    for name, data in moved.items():
        try:
            shared.put(digests[name], data)
        except ClmError as error:
            size = sum(map(len, parts.values()))
            raise ClmError(
                f"{whose} have {size / 2**20:.1f} MB, messages carry at most "
                f"{LARGEST_BODY / 2**20:g} MB, and the shared cache cannot be used: "
                f"{error.message}",
                hint=error.hint,
            ) from error
    return kept, {name: len(data) for name, data in moved.items()}


def get_large(
    sizes: Mapping[str, int], digests: Mapping[str, str], shared: SharedContents, whose: str
) -> dict[str, bytes]:
    """The parts of these sizes, which are in the shared cache.

    Raises:
        StoreError: the cache cannot be used, or does not have them.
        ClmError: there is no shared cache.
    """
    parts = {}
    for name, size in sizes.items():
        try:
            parts[name] = shared.get(digests[name], size)
        except ClmError as error:
            message = f"{whose} are in the shared cache, which cannot be used: {error.message}"
            if isinstance(error, StoreError):
                raise StoreError(message) from error
            raise ClmError(message, hint=error.hint) from error
    return parts
