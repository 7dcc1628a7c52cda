"""The contents of results: each is stored once, and without an end that it shares with another.

Pages of a course end with the same scripts, which may be nearly all of a page: such a page is
stored as what precedes them, and the digest of another page, its base. A base has no base itself.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from attrs import frozen

from clm.database.cache.packing import (
    LIKE_BASE,
    RAW,
    DamagedContentError,
    packed,
    packed_like,
    unpacked,
)
from clm.jobs.key import digest_bytes

_STORE = """
    INSERT INTO blobs (digest, size, packing, data, base, tail) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (digest) DO UPDATE SET size = excluded.size, packing = excluded.packing,
        data = excluded.data, base = excluded.base, tail = excluded.tail
"""
_IS_BASE = "SELECT 1 FROM blobs WHERE digest = ? AND base IS NULL"

_LEAST_TAIL = 1 << 12
_BLOCK = 1 << 16
# What is kept in memory, since pages that are made one after the other end alike.
_BASES = 8
_BASES_BYTES = 1 << 23


@frozen(repr=False)
class PackedContent:
    """A content in its stored form; `tail` is the number of bytes that it has from its base."""

    size: int
    packing: int
    data: bytes
    base: str | None = None
    tail: int = 0


class Contents:
    """The contents in the database of a results cache, also in one of an earlier version."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._bases: dict[str, bytes] = {}  # the last ones used; by digest

    def read(self, digest: str) -> bytes | None:
        """The content with this digest; None if what is stored has another one.

        Raises:
            KeyError: there is none.
        """
        row = self._row(digest)
        if row is None:
            raise KeyError(digest)
        try:
            data = self._unpacked(row)
        except DamagedContentError:
            return None
        return data if digest_bytes(data) == digest else None

    def has(self, digest: str) -> bool:
        row = self._connection.execute("SELECT 1 FROM blobs WHERE digest = ?", (digest,))
        return row.fetchone() is not None

    def _among(self, digests: Iterable[str]) -> set[str]:
        """Those that have a content, damaged or not; mostly none has, so this asks once for all."""
        statement = "SELECT digest FROM blobs WHERE digest IN (SELECT value FROM json_each(?))"
        rows = self._connection.execute(statement, (json.dumps(list(digests)),))
        return {digest for (digest,) in rows}

    def damaged(self, digest: str) -> set[str]:
        """This content, which is damaged, and its base, if that is damaged, too."""
        row = self._row(digest)
        base = row.get("base") if row else None
        with suppress(KeyError):
            if isinstance(base, str) and self.read(base) is None:
                return {digest, base}
        return {digest}

    def pack(self, contents: Mapping[str, bytes]) -> dict[str, PackedContent]:
        """The stored forms of those contents, by digest, that are not stored already, or damaged.

        This takes time, so it is done before the transaction that stores them.
        """
        there = self._among(contents)
        return {
            digest: self._packed(digest, data)
            for digest, data in contents.items()
            if digest not in there or not self._is_stored(digest)
        }

    def store(
        self,
        contents: Mapping[str, bytes],
        forms: Mapping[str, PackedContent],
        digests: Iterable[str],
    ) -> None:
        """Stores those of the contents, in the forms that `pack` gave them, in a transaction."""
        for digest in digests:
            form, stored = forms.get(digest), self.has(digest)
            # Another process may have stored or dropped it, or dropped its base, meanwhile. One
            # that is damaged may be a base, so it gets none.
            if stored and (form is None or self._is_stored(digest)):
                continue
            if form is None or stored or not self._has_base(form):
                data = contents[digest]
                form = PackedContent(len(data), *packed(data))
            row = (digest, form.size, form.packing, form.data, form.base, form.tail)
            self._connection.execute(_STORE, row)

    def _is_stored(self, digest: str) -> bool:
        try:
            return self.read(digest) is not None
        except KeyError:
            return False

    def _has_base(self, form: PackedContent) -> bool:
        if form.base is None:
            return True
        return self._connection.execute(_IS_BASE, (form.base,)).fetchone() is not None

    def _row(self, digest: str) -> dict[str, Any] | None:
        cursor = self._connection.execute("SELECT * FROM blobs WHERE digest = ?", (digest,))
        row = cursor.fetchone()
        # By name: earlier versions have fewer columns.
        return (
            dict(zip((name for name, *_ in cursor.description), row, strict=True)) if row else row
        )

    def _unpacked(self, row: Mapping[str, Any]) -> bytes:
        size, packing, base = row["size"], row.get("packing", RAW), row.get("base")
        if base is None:
            return unpacked(packing, size, row["data"])
        content, tail = self._base(base), row["tail"]
        if not (isinstance(size, int) and isinstance(tail, int) and 0 < tail <= len(content)):
            raise DamagedContentError
        return unpacked(packing, size - tail, row["data"], like=content) + content[-tail:]

    def _base(self, digest: str) -> bytes:
        if digest not in self._bases:
            row = self._row(digest)
            if row is None or row["base"] is not None:
                raise DamagedContentError
            content = self._unpacked(row)
            if digest_bytes(content) != digest:
                raise DamagedContentError
            self._keep(digest, content)
        self._bases[digest] = content = self._bases.pop(digest)  # the last one used
        return content

    def _packed(self, digest: str, data: bytes) -> PackedContent:
        for base, content in reversed(self._bases.items()):
            if data[-_LEAST_TAIL:] != content[-_LEAST_TAIL:]:
                continue
            tail = _common_end(data, content)
            if tail >= _LEAST_TAIL:
                self._base(base)
                stored = packed_like(data[:-tail], content)
                return PackedContent(len(data), LIKE_BASE, stored, base, tail)
        if len(data) >= 2 * _LEAST_TAIL:
            self._keep(digest, data)
        return PackedContent(len(data), *packed(data))

    def _keep(self, digest: str, content: bytes) -> None:
        self._bases[digest] = content
        while len(self._bases) > _BASES or sum(map(len, self._bases.values())) > _BASES_BYTES:
            del self._bases[next(iter(self._bases))]


def _common_end(one: bytes, other: bytes) -> int:
    """How many bytes at their ends are the same; blocks are compared, since a loop is slow."""
    longest = min(len(one), len(other)) - 1  # a content that is all of it has no beginning
    same = 0
    while same + _BLOCK <= longest and _block(one, same, _BLOCK) == _block(other, same, _BLOCK):
        same += _BLOCK
    low, high = 0, max(0, min(_BLOCK, longest - same))
    while low < high:
        middle = (low + high + 1) // 2
        if _block(one, same, middle) == _block(other, same, middle):
            low = middle
        else:
            high = middle - 1
    return same + low


def _block(data: bytes, after: int, size: int) -> bytes:
    return data[len(data) - after - size : len(data) - after]
