"""The public API for plugins of CLM, which builds courses."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from clm.errors import (
    ClmError,
    ConversionError,
    Diagnostic,
    Place,
    Severity,
    TransientJobError,
    UsageError,
)
from clm.hints import listing, nearest
from clm.hookspecs import API_VERSION, hookimpl, hookspec
from clm.jobs.file_names import named_files
from clm.jobs.file_set import FileSet, name_by_content
from clm.jobs.hook_result import HookResult
from clm.jobs.job_type import ImageNeeds, JobType
from clm.jobs.languages import language_of
from clm.jobs.planning import (
    CourseContext,
    DerivedSource,
    Format,
    PageLinks,
    PlanContext,
    PlannedCopy,
    PlannedOutput,
    SectionContext,
    Variant,
)
from clm.jobs.request import (
    FileInput,
    Input,
    JobInput,
    JobRequest,
    Link,
    LinkTarget,
    OutputFolder,
    OutputSpec,
    SharedFile,
)
from clm.jobs.result import Result
from clm.jobs.source import SourceFile
from clm.jobs.worker import Job, Worker
from clm.registration import (
    BackendOption,
    BackendType,
    Check,
    CheckResult,
    ExecutorType,
    OwnHooks,
    ResultStoreType,
)
from clm.theme.course_theme import CourseTheme, FontFace
from clm_start.version import __version__

if TYPE_CHECKING:
    from clm.active_pages import active_content
    from clm.limits import parse_size
    from clm.starters import ExistingDeck, Starter, StarterFiles, StarterPicture, StarterRequest
    from clm.theme.tokens import tokens_css

__all__ = [
    "API_VERSION",
    "BackendOption",
    "BackendType",
    "Check",
    "CheckResult",
    "ClmError",
    "ConversionError",
    "CourseContext",
    "CourseTheme",
    "DerivedSource",
    "Diagnostic",
    "ExecutorType",
    "ExistingDeck",
    "FileInput",
    "FileSet",
    "FontFace",
    "Format",
    "HookResult",
    "ImageNeeds",
    "Input",
    "Job",
    "JobInput",
    "JobRequest",
    "JobType",
    "Link",
    "LinkTarget",
    "OutputFolder",
    "OutputSpec",
    "OwnHooks",
    "PageLinks",
    "Place",
    "PlanContext",
    "PlannedCopy",
    "PlannedOutput",
    "Result",
    "ResultStoreType",
    "SectionContext",
    "Severity",
    "SharedFile",
    "SourceFile",
    "Starter",
    "StarterFiles",
    "StarterPicture",
    "StarterRequest",
    "TransientJobError",
    "UsageError",
    "Variant",
    "Worker",
    "__version__",
    "active_content",
    "hookimpl",
    "hookspec",
    "language_of",
    "listing",
    "name_by_content",
    "named_files",
    "nearest",
    "parse_size",
    "tokens_css",
]

# What builds in which nothing has changed do not need is loaded when it is first used.
_MODULES = {
    "active_content": "clm.active_pages",
    "parse_size": "clm.limits",
    "ExistingDeck": "clm.starters",
    "Starter": "clm.starters",
    "StarterFiles": "clm.starters",
    "StarterPicture": "clm.starters",
    "StarterRequest": "clm.starters",
    "tokens_css": "clm.theme.tokens",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_MODULES[name]), name)
