"""Errors and diagnostics, which the user sees as messages without a traceback.

The tree of errors:

    ClmError
      UsageError                 the command cannot be carried out as given
        UnknownBackendError      no loaded plugin offers this backend
        UnknownExecutorError     no loaded plugin offers this executor
        SettingsError            a plugin's settings do not match its declaration
      SpecError                  the course spec has problems (all of them at once)
      PluginError
        PluginLoadError          a plugin could not be imported or registered
        PluginConflictError      two plugins offer the same name
      UnknownJobTypeError        no loaded plugin offers this job type
      UnknownToolsError          the workers must first be asked for their tools
      PayloadError               a payload cannot be read
        NewerPayloadError        ... because a newer plugin wrote it
      JobError
        ConversionError          a mistake in the source; not retried
        TransientJobError        a crashed tool or a timeout; retried
        InvalidResultError       the converter broke its contract
        InputChangedError        an input changed between planning and running
      DatabaseError
        NotAClmDatabaseError     the file is not the expected database
        SchemaVersionError       a newer CLM wrote the file
        DatabaseBusyError        another process keeps the file locked
        DatabaseCorruptError     the file is damaged
        DatabaseFullError        the disk has no room for the file
      WorkerError
        WorkerStartError         the workers of a pool exit before taking a job
      OutputError
        UnsafePathError          a path leads outside the folder that it belongs to
        OutputCollisionError     two sources have the same output file
      StoreError                 the shared cache cannot be used
      BuildStalledError          no progress for the length of the stall limit
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from attrs import evolve, frozen

from clm.field_repr import field_repr

# The hint of every diagnostic about a problem that only the plugin's authors can fix.
PLUGIN_FAULT = "this is a fault of the plugin; report it to its authors, or mend it if it is yours"


class Severity(StrEnum):
    """The severity of a diagnostic: an error fails its job, the others do not."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@frozen(repr=False)
class Place:
    """The position of a problem, as far as it is known.

    `file` is relative to the course's data folder if it is below it, with `/` between its
    parts. In messages of a job it may also be the name of one of the job's inputs. `line` and
    `column` count from 1. `cell` identifies a cell to its author, for example `cell 4`.
    """

    __repr__ = field_repr

    file: str
    line: int | None = None
    column: int | None = None
    cell: str | None = None

    def __str__(self) -> str:
        position = "".join(f":{n}" for n in (self.line, self.column) if n is not None)
        return f"{self.file}{position}" + (f" ({self.cell})" if self.cell else "")


@frozen(repr=False)
class Diagnostic:
    """A message to the author: the problem, its place, and a hint how to fix it.

    `excerpt` is the offending text; `details`, such as a traceback, are shown on request only.
    """

    __repr__ = field_repr

    message: str
    severity: Severity = Severity.ERROR
    place: Place | None = None
    hint: str | None = None
    excerpt: str | None = None
    details: str | None = None

    def at(self, place: Place) -> Diagnostic:
        """The diagnostic with `place`, unless it already has a place."""
        return self if self.place else evolve(self, place=place)

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{where}{self.message}{hint}"


class ClmError(Exception):
    """The root of all errors that are shown to the user as a message without a traceback."""

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
        """The messages that the command line shows for this error, the most important first."""
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
    """A course spec has problems; `problems` holds all that were found in one pass."""

    def __init__(self, problems: Iterable[Diagnostic]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"the course spec has {len(self.problems)} problem(s)")

    @property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        return self.problems


class PluginError(ClmError):
    """A problem with a plugin; `plugin` is the name of its entry point."""

    def __init__(
        self, message: str, *, plugin: str, hint: str | None = None, details: str | None = None
    ) -> None:
        super().__init__(message, hint=hint, details=details)
        self.plugin = plugin


class PluginLoadError(PluginError):
    """A plugin could not be imported, or what it registers is invalid."""


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


class UnknownToolsError(ClmError):
    """The tools where jobs of a type run are not known until their workers are asked."""

    def __init__(self, job_type: str) -> None:
        super().__init__(f"the tools of the workers for {job_type!r} are not known yet")


class UnknownBackendError(UsageError):
    """No loaded plugin offers the backend `backend`."""

    def __init__(self, backend: str, *, known: Iterable[str] = ()) -> None:
        super().__init__(
            f"no loaded plugin offers the backend {backend!r}",
            hint=f"available: {', '.join(sorted(known)) or 'none'}",
        )
        self.backend = backend


class UnknownExecutorError(UsageError):
    """No loaded plugin offers the executor `executor`."""

    def __init__(self, executor: str, *, known: Iterable[str] = ()) -> None:
        super().__init__(
            f"no loaded plugin offers the executor {executor!r}",
            hint=f"available: {', '.join(sorted(known)) or 'none'}",
        )
        self.executor = executor


class SettingsError(UsageError):
    """Settings do not match their declaration; `plugin` is the plugin's name.

    `keys` lead from a setting to the value in it that is wrong, if it is in a mapping or list. If
    `of_key`, the last key is wrong, such as an unknown one, and not its value.
    """

    def __init__(
        self,
        message: str,
        *,
        plugin: str,
        hint: str | None = None,
        keys: tuple[str | int, ...] = (),
        of_key: bool = False,
    ) -> None:
        super().__init__(message, hint=hint)
        self.plugin = plugin
        self.keys = keys
        self.of_key = of_key


class PayloadError(ClmError):
    """A payload or its envelope is not as the job type declares; the message has the path."""


class NewerPayloadError(PayloadError):
    """The payload was written by a newer version of the plugin than the one installed."""


class JobError(ClmError):
    """A job did not produce its result."""


class ConversionError(JobError):
    """A mistake in the source: a retry would fail again, so the job fails at once.

    `also` holds further diagnostics that belong to it, such as earlier warnings.
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
    """A failure that may not recur (a crashed tool, a timeout): retried up to the job's limit."""


class InvalidResultError(JobError):
    """A converter broke its contract: outputs are missing, undeclared or outside its folder."""


class InputChangedError(JobError):
    """An input file has changed since the build was planned."""


class DatabaseError(ClmError):
    """A problem with one of CLM's databases."""


class NotAClmDatabaseError(DatabaseError):
    """The file is not a database of CLM, or is another one of its databases."""


class SchemaVersionError(DatabaseError):
    """A newer version of CLM wrote the database."""


class DatabaseBusyError(DatabaseError):
    """Another process keeps the database locked longer than CLM waits."""


class DatabaseCorruptError(DatabaseError):
    """The database file is damaged."""


class DatabaseFullError(DatabaseError):
    """The disk has no room for what is to be written."""


class WorkerError(ClmError):
    """A problem with a worker process."""


class WorkerStartError(WorkerError):
    """The workers of a pool exit before taking a job; `details` has the tail of their output."""


class OutputError(ClmError):
    """An output cannot be written."""


class UnsafePathError(OutputError):
    """A path leads outside the folder that it belongs to."""


class OutputCollisionError(OutputError):
    """Two sources have the same output file."""


class StoreError(ClmError):
    """The shared cache cannot be used; `answered` if it works, but refuses a request."""

    def __init__(self, message: str, *, answered: bool = False) -> None:
        super().__init__(message)
        self.answered = answered


class BuildStalledError(ClmError):
    """The build has made no progress for the length of the stall limit."""
