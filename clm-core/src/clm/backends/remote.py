"""Public API for authors of backends whose workers are elsewhere."""

from clm.backends.backend import DeadJob, WorkersContext
from clm.backends.stall_detection import StallDetector
from clm.database.cache.maintenance import keep_within
from clm.database.cache.results import ResultsCache
from clm.errors import UsageError
from clm.jobs.key import digest_bytes
from clm.jobs.queued_inputs import PendingInput
from clm.jobs.resolved import ResolvedInput, ResolvedJob
from clm.jobs.result import StoredResult
from clm.jobs.serialization import dump_diagnostics, load_diagnostics
from clm.jobs.tools import Tools, tools_in
from clm.jobs.worker import Progress, Waiting
from clm.limits import Limits
from clm.plugins.fingerprint import fingerprint_of, tools_of
from clm.workers.folders import TemporaryFolder, remove_tree, sweep_temporary_folders
from clm.workers.job_runner import Failure, failure_of
from clm.workers.pipe.client import input_content
from clm.workers.pipe.messages import job_fields, job_of
from clm.workers.pool.remembered_tools import RememberedTools, last_key
from clm.workers.worker.hang_detection import HangDetector

__all__ = [
    "DeadJob",
    "Failure",
    "HangDetector",
    "Limits",
    "PendingInput",
    "Progress",
    "RememberedTools",
    "ResolvedInput",
    "ResolvedJob",
    "ResultsCache",
    "StallDetector",
    "StoredResult",
    "TemporaryFolder",
    "Tools",
    "UsageError",
    "Waiting",
    "WorkersContext",
    "digest_bytes",
    "dump_diagnostics",
    "failure_of",
    "fingerprint_of",
    "input_content",
    "job_fields",
    "job_of",
    "keep_within",
    "last_key",
    "load_diagnostics",
    "remove_tree",
    "sweep_temporary_folders",
    "tools_in",
    "tools_of",
]
