"""What the queue calls the jobs of a session: request ids come again when it builds again."""

from __future__ import annotations

from collections import Counter
from itertools import count


class QueueNames:
    """The newest name of each request id, and new ones that no job of the session has had."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._times: Counter[str] = Counter()

    def __getitem__(self, request_id: str) -> str:
        """The name that the request's job was given last."""
        return self._names[request_id]

    def give(self, request_id: str) -> str:
        """A new name for the request's job."""
        numbers = count(self._times[request_id] + 1)
        named = ((n, request_id if n == 1 else f"{request_id} ({n})") for n in numbers)
        self._times[request_id], name = next(
            (number, name) for number, name in named if not self._is_taken(name)
        )
        self._names[request_id] = name
        return name

    def _is_taken(self, name: str) -> bool:
        """Whether a job had that name; without a list of all names, since sessions may be long."""
        request_id, _, number = name.removesuffix(")").rpartition(" (")
        return name in self._times or (
            number.isdecimal() and int(number) <= self._times[request_id]
        )
