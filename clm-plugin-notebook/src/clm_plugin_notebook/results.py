"""What came out of the code cells of a deck, and its form as bytes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from attrs import asdict, frozen


@frozen
class CellRun:
    """What came out of a code cell; `count` is the number in its prompt.

    `outputs` are in nbformat's form.
    """

    outputs: tuple[Mapping[str, Any], ...]
    count: int | None

    @property
    def error(self) -> Mapping[str, Any] | None:
        """The last exception among the outputs."""
        errors = [output for output in self.outputs if output["output_type"] == "error"]
        return errors[-1] if errors else None


@frozen
class Execution:
    """What came out of code cells, in their order; `widgets` is the state of their widgets."""

    runs: tuple[CellRun, ...]
    widgets: Any = None

    def to_bytes(self) -> bytes:
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True).encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Execution:
        """The execution that gave these bytes."""
        plain = json.loads(data)
        runs = (CellRun(tuple(run["outputs"]), run["count"]) for run in plain["runs"])
        return cls(tuple(runs), plain["widgets"])
