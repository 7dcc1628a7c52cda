"""Public API for authors of backends."""

from clm.backends.backend import (
    Backend,
    BackendContext,
    CancelJobs,
    CopyFile,
    EndedJob,
    JobObserver,
    Operation,
    RemoveFile,
    RunJobs,
    WriteFile,
)
from clm.backends.in_process import InProcessRunner
from clm.backends.job_runners import BackendRunner, StreamRunner
from clm.backends.local_ops import LocalOpsBackend
from clm.backends.sending import SendingRunner, command_sender
from clm.backends.threaded import ThreadedBackend
from clm.errors import BuildStalledError, UnknownToolsError
from clm.event_loop import event_loop
from clm.jobs.status import JobStatus
from clm.jobs.submitted import SubmittedJob
from clm.jobs.tools import Tools
from clm.jobs.work import JobProgress, Work

__all__ = [
    "Backend",
    "BackendContext",
    "BackendRunner",
    "BuildStalledError",
    "CancelJobs",
    "CopyFile",
    "EndedJob",
    "InProcessRunner",
    "JobObserver",
    "JobProgress",
    "JobStatus",
    "LocalOpsBackend",
    "Operation",
    "RemoveFile",
    "RunJobs",
    "SendingRunner",
    "StreamRunner",
    "SubmittedJob",
    "ThreadedBackend",
    "Tools",
    "UnknownToolsError",
    "Work",
    "WriteFile",
    "command_sender",
    "event_loop",
]
