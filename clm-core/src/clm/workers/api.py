"""Public API for authors of executors, and of programs that run jobs elsewhere."""

from clm.workers.pipe.client import EngineClient, EngineLostError, EngineRefusedError
from clm.workers.pipe.streams import CommandStream, SocketStream, Stream
from clm.workers.pool.executor import ExecutorContext, WorkerExecutor, WorkerHandle
from clm.workers.pool.stream_executor import StreamWorkerExecutor

__all__ = [
    "CommandStream",
    "EngineClient",
    "EngineLostError",
    "EngineRefusedError",
    "ExecutorContext",
    "SocketStream",
    "Stream",
    "StreamWorkerExecutor",
    "WorkerExecutor",
    "WorkerHandle",
]
