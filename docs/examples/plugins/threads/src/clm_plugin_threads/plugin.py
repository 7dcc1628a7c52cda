"""Hooks: the backend `threads`."""

from clm import BackendType, hookimpl

clm_api_version = 1


@hookimpl
def clm_backends() -> list[BackendType]:
    return [
        BackendType(
            "threads",
            "threads of the building process, without a queue",
            "clm_plugin_threads.backend:ThreadsBackend",
        )
    ]
