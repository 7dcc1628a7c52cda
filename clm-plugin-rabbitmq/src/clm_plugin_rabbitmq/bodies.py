"""Bodies of messages: a JSON header, and named bytes.

The length of the header (4 bytes, big-endian), the header as JSON text in UTF-8, and the bytes of
its entry `parts`, which lists names and lengths.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

from attrs import frozen

_LENGTH = struct.Struct(">I")
_LARGEST_NUMBER = 10**15


class BodyError(ValueError):
    """The bytes are not the body of a message of CLM."""


@frozen(repr=False)
class Body:
    """A decoded body."""

    header: Mapping[str, Any]
    parts: Mapping[str, bytes]

    def number(self, name: str) -> float:
        """The finite number in the header's field.

        Raises:
            BodyError: the field is missing, or something else.
        """
        value: Any = self.header.get(name)
        if type(value) not in (int, float) or not abs(value) < _LARGEST_NUMBER:
            raise BodyError(f"{name!r} is no number")
        return float(value)


def encode(header: Mapping[str, Any], parts: Mapping[str, bytes] | None = None) -> bytes:
    """The body of a message."""
    parts = parts or {}
    sizes = [[name, len(data)] for name, data in parts.items()]
    text = json.dumps({**header, "parts": sizes}, ensure_ascii=False, allow_nan=False).encode()
    return b"".join([_LENGTH.pack(len(text)), text, *parts.values()])


def _refuse_constant(name: str) -> Any:
    raise BodyError(f"{name} is not JSON")


def decode(data: bytes) -> Body:
    """The header and the parts of a body.

    Raises:
        BodyError: it is something else.
    """
    try:
        (length,) = _LENGTH.unpack_from(data)
        start = _LENGTH.size + length
        header = json.loads(data[_LENGTH.size : start], parse_constant=_refuse_constant)
        parts = {}
        for name, size in header.pop("parts"):
            if not isinstance(name, str) or not isinstance(size, int) or size < 0:
                raise BodyError("a part without a name or a length")
            parts[name] = data[start : start + size]
            start += size
    except BodyError:
        raise
    except (
        *(struct.error, ValueError, TypeError, LookupError, AttributeError),
        RecursionError,  # JSON that is nested too deeply
    ) as error:
        raise BodyError(f"not a message of CLM: {error}") from error
    if start != len(data):
        raise BodyError("the message has another length than it says")
    return Body(header, parts)
