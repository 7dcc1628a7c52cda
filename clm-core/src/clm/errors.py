"""Everything that CLM tells a person when something is wrong.

The tree of errors:

    ClmError
      UsageError                 the command cannot be carried out as given
      SpecError                  the course spec has problems (all of them at once)
      PluginError
        PluginLoadError          a plugin could not be imported or registered
        PluginConflictError      two plugins offer the same name
        UnknownJobTypeError      no loaded plugin offers this job type
        UnknownBackendError      no loaded plugin offers this backend
        SettingsError            a plugin's settings are not as it declares them
      PayloadError               a payload cannot be read
        NewerPayloadError        ... since a newer plugin wrote it
      JobError
        ConversionError          the author's mistake: trying again changes nothing
        TransientJobError        may pass next time: a dead tool, a time-out
        InvalidResultError       the converter broke its contract
        InputChangedError        an input changed between planning and running
      DatabaseError
        NotAClmDatabaseError     the file is something else
        SchemaVersionError       a newer CLM wrote the file
        DatabaseBusyError        another process keeps the file locked
        DatabaseCorruptError     the file is damaged
      WorkerError
        WorkerStartError         the workers of a pool do not come up
      OutputError
        UnsafePathError          a path would leave the folder that it belongs to
        OutputCollisionError     two sources want the same output file
      BuildStalledError          nothing has moved for the stall limit
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from attrs import evolve, frozen

# The hint of every diagnostic for what only the authors of a plugin can fix.
PLUGIN_FAULT = "this is a fault of the plugin; report it to its authors"


class Severity(StrEnum):
    """How bad a diagnostic is: an error fails its job, the others do not."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@frozen
class Place:
    """Where something is wrong; as much of it as is known.

    `file` is relative to the course's data folder where it lies below it, with `/` between
    its parts. `line` and `column` count from 1. `cell` names a cell as its author would, for
    example `cell 4`.
    """

    file: str
    line: int | None = None
    column: int | None = None
    cell: str | None = None

    def __str__(self) -> str:
        position = "".join(f":{n}" for n in (self.line, self.column) if n is not None)
        return f"{self.file}{position}" + (f" ({self.cell})" if self.cell else "")


@frozen
class Diagnostic:
    """One message to the author: what is wrong, where, and what to do about it.

    `excerpt` is the offending text; `details` are for those who ask for them (a traceback).
    """

    message: str
    severity: Severity = Severity.ERROR
    place: Place | None = None
    hint: str | None = None
    excerpt: str | None = None
    details: str | None = None

    def at(self, place: Place) -> Diagnostic:
        """The diagnostic with `place`, unless it has a place of its own."""
        return self if self.place else evolve(self, place=place)

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{where}{self.message}{hint}"


class ClmError(Exception):
    """The root of all errors that a person is told of in one message, without a traceback."""

    def __init__(
        self,
        message: str,
        *,
        place: Place | None = None,
        hint: str | None = None,
        excerpt: str | None = None,
        details: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.hint = hint
        self.excerpt = excerpt
        self.details = details

    def __str__(self) -> str:
        return "\n".join(str(diagnostic) for diagnostic in self.diagnostics)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """This error as the messages that the command line shows, the worst first."""
        return (
            Diagnostic(
                self.message,
                place=self.place,
                hint=self.hint,
                excerpt=self.excerpt,
                details=self.details,
            ),
        )


class UsageError(ClmError):
    """The command cannot be carried out as given."""


class SpecError(ClmError):
    """A course spec has problems; `problems` holds every one that one reading found."""

    def __init__(self, problems: Iterable[Diagnostic]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"the course spec has {len(self.problems)} problem(s)")

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        return self.problems


class PluginError(ClmError):
    """Something is wrong with a plugin; `plugin` is its entry point's name."""

    def __init__(
        self, message: str, *, plugin: str, hint: str | None = None, details: str | None = None
    ) -> None:
        super().__init__(message, hint=hint, details=details)
        self.plugin = plugin


class PluginLoadError(PluginError):
    """A plugin could not be imported, or what it registers is not usable."""


class PluginConflictError(PluginError):
    """Two plugins offer the same name."""


class UnknownJobTypeError(ClmError):
    """No loaded plugin offers the job type `job_type`."""

    def __init__(self, job_type: str, *, known: Iterable[str] = ()) -> None:
        names = ", ".join(sorted(known)) or "none"
        super().__init__(
            f"no loaded plugin offers the job type {job_type!r}",
            hint=f"available: {names}; `clm plugins list` shows what is installed",
        )
        self.job_type = job_type


class UnknownBackendError(UsageError):
    """No loaded plugin offers the backend `backend`."""

    def __init__(self, backend: str, *, known: Iterable[str] = ()) -> None:
        super().__init__(
            f"no loaded plugin offers the backend {backend!r}",
            hint=f"available: {', '.join(sorted(known)) or 'none'}",
        )
        self.backend = backend


class SettingsError(UsageError):
    """Settings are not as their plugin declares them; `plugin` is its name."""

    def __init__(self, message: str, *, plugin: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.plugin = plugin


class PayloadError(ClmError):
    """A payload or its envelope is not what the job type declares; the message has the path."""


class NewerPayloadError(PayloadError):
    """The payload was made by a newer version of the plugin than the one installed."""


class JobError(ClmError):
    """A job did not give its result."""


class ConversionError(JobError):
    """The author's mistake: trying again changes nothing, so the job fails at once.

    `also` holds further diagnostics that belong to it, such as warnings found before.
    """

    def __init__(
        self,
        message: str,
        *,
        place: Place | None = None,
        hint: str | None = None,
        excerpt: str | None = None,
        details: str | None = None,
        also: Iterable[Diagnostic] = (),
    ) -> None:
        super().__init__(message, place=place, hint=hint, excerpt=excerpt, details=details)
        self.also = tuple(also)

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        return (*super().diagnostics, *self.also)


class TransientJobError(JobError):
    """May pass next time (a tool that died, a time-out): tried again up to the job's limit."""


class InvalidResultError(JobError):
    """A converter broke its contract: outputs missing, undeclared, or outside its folder."""


class InputChangedError(JobError):
    """An input file is not what it was when the build was planned."""


class DatabaseError(ClmError):
    """Something is wrong with one of CLM's databases."""


class NotAClmDatabaseError(DatabaseError):
    """The file is not a database of CLM, or one of its other databases."""


class SchemaVersionError(DatabaseError):
    """A newer version of CLM wrote the database."""


class DatabaseBusyError(DatabaseError):
    """Another process keeps the database locked for longer than CLM waits."""


class DatabaseCorruptError(DatabaseError):
    """The database file is damaged."""


class WorkerError(ClmError):
    """Something is wrong with a worker process."""


class WorkerStartError(WorkerError):
    """The workers of a pool end before they can take a job; `details` has their last words."""


class OutputError(ClmError):
    """An output cannot be written."""


class UnsafePathError(OutputError):
    """A path would leave the folder that it belongs to."""


class OutputCollisionError(OutputError):
    """Two sources want the same output file."""


class BuildStalledError(ClmError):
    """Nothing has moved for the stall limit."""
