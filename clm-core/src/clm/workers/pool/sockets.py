"""Workers that are running already, behind Unix sockets in a folder."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from urllib.parse import unquote

from clm.errors import ClmError, UsageError
from clm.workers.pipe.streams import SocketStream, Stream
from clm.workers.pool.executor import ExecutorContext
from clm.workers.pool.remembered_tools import last_key
from clm.workers.pool.stream_executor import StreamWorkerExecutor


class SocketWorkerExecutor(StreamWorkerExecutor):
    """Uses the sockets `<job type>.sock` and `<job type>-<anything>.sock` of a folder.

    The address is the folder's path. Each socket serves one worker at a time.
    """

    name = "socket"

    def __init__(self, context: ExecutorContext) -> None:
        place = f"socket://{context.address}"
        super().__init__(
            context.log_folder, partial(last_key, place=place, plugins=context.plugins)
        )
        folder = Path(unquote(context.address))
        if not context.address or not folder.is_dir():
            raise UsageError(
                f"there is no folder {str(folder)!r} with the sockets of workers",
                hint="for example --executor socket:///run/clm; "
                "start workers with `clm workers serve --socket /run/clm/NAME.sock`",
            )
        self._folder = folder
        self._used: dict[str, Path] = {}

    def capacity(self, job_type: str) -> int | None:
        return len(self._sockets(job_type))

    def stream(self, job_type: str, worker_id: str) -> Stream:
        sockets = self._sockets(job_type)
        free = [path for path in sockets if path not in self._used.values()]
        if not free:
            raise ClmError(
                f"no worker for {job_type!r} listens in {self._folder}",
                hint=f"start one: `clm workers serve --socket {self._folder / job_type}.sock`",
            )
        self._used[worker_id] = free[0]
        return SocketStream(free[0])

    def ended(self, worker_id: str) -> None:
        self._used.pop(worker_id, None)

    def _sockets(self, job_type: str) -> list[Path]:
        found = (*self._folder.glob(f"{job_type}.sock"), *self._folder.glob(f"{job_type}-*.sock"))
        return sorted(path for path in found if path.is_socket())
