"""The interface of stores for results."""

from __future__ import annotations

from abc import ABC, abstractmethod


class ResultStore(ABC):
    """A store of byte strings by path, used by several threads at a time.

    Paths are `ac/<SHA-256>` for results by the job's key, and `cas/<SHA-256>` for contents by
    their own digest, in hexadecimal. Callers check what they get, so a store need not be trusted;
    it must never wait without a limit of time. Messages of errors have no credentials in them.
    """

    @abstractmethod
    def get(self, path: str, limit: int) -> bytes | None:
        """The bytes at `path`; None if there are none.

        Raises:
            StoreError: the store cannot be used, or there are more than `limit` bytes.
        """

    @abstractmethod
    def put(self, path: str, data: bytes) -> None:
        """Stores the bytes at `path`, where they replace others; readers never see a part.

        Raises:
            StoreError: the store cannot be used, is full, or refuses to be written to.
        """

    def close(self) -> None:  # noqa: B027  # optional: not all stores hold resources
        """Ends what is still running and releases all resources."""
