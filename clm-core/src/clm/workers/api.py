"""Public API for authors of executors, and of programs that run jobs elsewhere."""

from clm.plugins import LoadedPlugin, PluginRegistry
from clm.plugins.fingerprint import fingerprint_of
from clm.workers.pipe.client import EngineClient, EngineLostError, EngineRefusedError
from clm.workers.pipe.streams import CommandStream, SocketStream, Stream
from clm.workers.plugin_objects import plugin_object
from clm.workers.pool.executor import ExecutorContext, WorkerExecutor, WorkerHandle
from clm.workers.pool.stream_executor import StreamWorkerExecutor

__all__ = [
    "CommandStream",
    "EngineClient",
    "EngineLostError",
    "EngineRefusedError",
    "ExecutorContext",
    "LoadedPlugin",
    "PluginRegistry",
    "SocketStream",
    "Stream",
    "StreamWorkerExecutor",
    "WorkerExecutor",
    "WorkerHandle",
    "fingerprint_of",
    "plugin_object",
]
