"""Public API for authors of executors, and of programs that run jobs elsewhere."""

from clm.errors import UnknownToolsError
from clm.jobs.tools import Tools
from clm.plugins import LoadedPlugin, PluginRegistry
from clm.plugins.fingerprint import fingerprint_of, tools_of
from clm.workers.doing import DoneJob, JobDoer
from clm.workers.packed import do_job, pack_job, unpack_end
from clm.workers.pipe.client import EngineClient, EngineLostError, EngineRefusedError
from clm.workers.pipe.streams import CommandStream, SocketStream, Stream
from clm.workers.plugin_objects import plugin_object
from clm.workers.pool.executor import ExecutorContext, WorkerExecutor, WorkerHandle
from clm.workers.pool.stream_executor import StreamWorkerExecutor

__all__ = [
    "CommandStream",
    "DoneJob",
    "EngineClient",
    "EngineLostError",
    "EngineRefusedError",
    "ExecutorContext",
    "JobDoer",
    "LoadedPlugin",
    "PluginRegistry",
    "SocketStream",
    "Stream",
    "StreamWorkerExecutor",
    "Tools",
    "UnknownToolsError",
    "WorkerExecutor",
    "WorkerHandle",
    "do_job",
    "fingerprint_of",
    "pack_job",
    "plugin_object",
    "tools_of",
    "unpack_end",
]
