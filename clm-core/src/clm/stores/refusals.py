"""What the statuses of HTTP mean in answers of stores."""

from __future__ import annotations

import http.client

from clm.errors import StoreError

_MEANINGS = {
    401: "it refuses the credentials",
    403: "it refuses the credentials, or to be written to",
    405: "it refuses to be written to",
    413: "the content is too large for it",
    507: "it is full",
}


def refusal(store: str, status: int) -> StoreError:
    """The error for an answer with this status; the store works, but refuses the request."""
    meaning = _MEANINGS.get(status, http.client.responses.get(status, "unknown status"))
    return StoreError(f"{store} answers {status}: {meaning}", answered=True)
