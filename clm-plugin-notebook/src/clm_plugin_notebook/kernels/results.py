"""Results of code cells, and their serialization."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from attrs import asdict, frozen


def joined_streams(outputs: Iterable[Mapping[str, Any]]) -> tuple[Mapping[str, Any], ...]:
    """Return the outputs with all text of a stream joined, since kernels split it arbitrarily.

    The equivalent in nbclient takes minutes for a line of several megabytes.
    """
    texts: dict[str, list[str]] = {}
    joined: list[dict[str, Any]] = []
    for output in outputs:
        if output["output_type"] != "stream" or output["name"] not in texts:
            joined.append(dict(output))
        if output["output_type"] == "stream":
            texts.setdefault(output["name"], []).append(output["text"])
    for output in joined:
        if output["output_type"] == "stream":
            output["text"] = _overwritten("".join(texts[output["name"]]))
    return tuple(joined)


def _overwritten(text: str) -> str:
    """Return the text that a terminal finally shows: a carriage return restarts its line."""
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines)


@frozen
class CellRun:
    """The result of a code cell; `count` is the number in its prompt.

    `outputs` are in nbformat's form.
    """

    outputs: tuple[Mapping[str, Any], ...]
    count: int | None

    @property
    def error(self) -> Mapping[str, Any] | None:
        """The last exception among the outputs, None if there is none."""
        errors = [output for output in self.outputs if output["output_type"] == "error"]
        return errors[-1] if errors else None


NO_RESULT = CellRun((), None)


@frozen
class Execution:
    """The results of code cells, in order; `widgets` is the state of their widgets."""

    runs: tuple[CellRun, ...]
    widgets: Any = None

    def to_bytes(self) -> bytes:
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Execution:
        """Return the execution that `to_bytes` has serialized."""
        plain = json.loads(data)
        runs = (CellRun(tuple(run["outputs"]), run["count"]) for run in plain["runs"])
        return cls(tuple(runs), plain["widgets"])
