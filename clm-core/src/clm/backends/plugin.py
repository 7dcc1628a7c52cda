"""The core's own backends, executors and stores, registered in the same way as a plugin's."""

from __future__ import annotations

from clm.hookspecs import hookimpl
from clm.registration import (
    BackendType,
    ExecutorType,
    ResultStoreType,
)


@hookimpl
def clm_backends() -> list[BackendType]:
    return [
        BackendType(
            "sqlite",
            "worker processes with an embedded queue",
            "clm.backends.sqlite:SqliteBackend",
        ),
        BackendType(
            "inline",
            "runs all jobs in the building process, for debugging",
            "clm.backends.inline:InlineBackend",
        ),
    ]


@hookimpl
def clm_executors() -> list[ExecutorType]:
    return [
        ExecutorType(
            "direct",
            "worker processes of this machine",
            "clm.workers.pool.executors:direct_executor",
        ),
        ExecutorType(
            "ssh",
            "workers on another machine: ssh://[user@]host[:port][/path/to/python]",
            "clm.workers.pool.ssh:SshWorkerExecutor",
        ),
        ExecutorType(
            "socket",
            "workers that are running behind Unix sockets: socket:///folder",
            "clm.workers.pool.sockets:SocketWorkerExecutor",
        ),
    ]


@hookimpl
def clm_result_stores() -> list[ResultStoreType]:
    return [
        ResultStoreType("folder", "a folder", ("file",), "clm.stores.folder:open_folder"),
        ResultStoreType(
            "http",
            "an HTTP server with GET and PUT",
            ("http", "https"),
            "clm.stores.http:open_http",
        ),
        ResultStoreType("s3", "a bucket of S3; needs clm[s3]", ("s3",), "clm.stores.s3:open_s3"),
    ]
