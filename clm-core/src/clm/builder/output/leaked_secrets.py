"""Outputs that have values which are withheld from workers: credentials of the building account.

Code in a course may find such a value elsewhere, for example in a file or in another process. Only
the building process knows what is secret here, so it looks through the results that it delivers.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from html import escape

from attrs import evolve, field, frozen

from clm.database.cache.results import ResultsCache
from clm.errors import Diagnostic, Severity
from clm.jobs.request import JobRequest
from clm.jobs.result import StoredResult
from clm.passed_environment import passed_environment, secret_values


def withheld_values() -> dict[str, str]:
    """The secret values that workers do not get, with the names of their variables."""
    passed = passed_environment()
    return secret_values({n: value for n, value in os.environ.items() if n not in passed})


@frozen
class LeakedSecrets:
    """The search for secrets in results; `values` maps them to the names of their variables."""

    cache: ResultsCache
    values: Mapping[str, str] = field(factory=withheld_values)

    def noted(self, request: JobRequest, result: StoredResult) -> StoredResult:
        """The result with a warning for each variable and output that has its value.

        Raises:
            KeyError, DatabaseError: the results cache cannot be read.
        """
        if not self.values:
            return result
        found = dict.fromkeys(self._found(request, result))
        return evolve(result, diagnostics=(*result.diagnostics, *found)) if found else result

    def _found(self, request: JobRequest, result: StoredResult) -> Iterator[Diagnostic]:
        for output in request.outputs:
            if not (output.destinations or output.folders):
                continue
            content = self.cache.read_blob(result.outputs[output.name])
            where = str(output.destinations[0]) if output.destinations else "a file beside it"
            for value, name in self.values.items():
                if (line := _line_of(value, content)) is not None:
                    yield Diagnostic(
                        f"{where} has the value of the variable {name} (line {line})",
                        Severity.WARNING,
                        hint="whoever gets the outputs can read it: remove it from the source, and "
                        "replace the secret by a new one if outputs were published",
                    )


def _line_of(value: str, content: bytes) -> int | None:
    """The line of the first occurrence, as plain text, in HTML or in JSON."""
    forms = (
        value,
        escape(value),
        json.dumps(value)[1:-1],
        json.dumps(value, ensure_ascii=False)[1:-1],
    )
    for form in dict.fromkeys(forms):
        at = content.find(form.encode(errors="surrogateescape"))
        if at >= 0:
            return content.count(b"\n", 0, at) + 1
    return None
