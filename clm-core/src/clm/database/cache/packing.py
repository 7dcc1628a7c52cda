"""Compression of contents in the results cache."""

from __future__ import annotations

import zlib

RAW, DEFLATED, LIKE_BASE = 0, 1, 2
# Higher levels take twice the time to save another tenth.
_LEVEL = 3
_SAMPLE_BYTES = 1 << 14
_SMALLEST = 200
_GAIN = 0.8
# Less than zlib's window of 32 KiB: what is at the same place in both is just within its reach.
_DICTIONARY_BYTES = 31 << 10


class DamagedContentError(Exception):
    """A stored content cannot be unpacked."""


def packed(data: bytes) -> tuple[int, bytes]:
    """How a content is stored, and the bytes to store: compressed where that saves a fifth.

    Whether it does is guessed from a sample, since pictures and pages that contain large scripts
    are already compressed.
    """
    if len(data) < _SMALLEST or not _shrinks(data):
        return RAW, data
    smaller = zlib.compress(data, _LEVEL)
    return (DEFLATED, smaller) if len(smaller) < len(data) * _GAIN else (RAW, data)


def packed_like(data: bytes, base: bytes) -> bytes:
    """The compressed data, which has much in common with the beginning of `base`."""
    packer = zlib.compressobj(_LEVEL, zdict=base[:_DICTIONARY_BYTES])
    return packer.compress(data) + packer.flush()


def unpacked(packing: object, size: object, stored: object, like: bytes = b"") -> bytes:
    """The content of what is stored; the columns may have any type if they are damaged.

    `like` is the base of what `packed_like` has made.

    Raises:
        DamagedContentError: there is none, or it is larger than its `size`.
    """
    if not isinstance(stored, bytes) or not isinstance(size, int):
        raise DamagedContentError
    if packing == RAW and not like:
        return stored
    if packing != (LIKE_BASE if like else DEFLATED):
        raise DamagedContentError
    unpacker = zlib.decompressobj(zdict=like[:_DICTIONARY_BYTES]) if like else zlib.decompressobj()
    try:
        # One byte more than it should have, so that damage fills no memory.
        data = unpacker.decompress(stored, max(size, 0) + 1)
    except zlib.error as error:
        raise DamagedContentError from error
    if len(data) != size or not unpacker.eof:
        raise DamagedContentError
    return data


def _shrinks(data: bytes) -> bool:
    middle = max(0, (len(data) - _SAMPLE_BYTES) // 2)
    if not middle:
        return True
    sample = data[middle : middle + _SAMPLE_BYTES]
    return len(zlib.compress(sample, 1)) < len(sample) / 2
