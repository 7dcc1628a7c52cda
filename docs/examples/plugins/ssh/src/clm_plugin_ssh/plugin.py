"""Hooks: the backend `ssh`."""

from clm import BackendOption, BackendType, hookimpl

clm_api_version = 1


@hookimpl
def clm_backends() -> list[BackendType]:
    return [
        BackendType(
            "ssh",
            "workers on another machine",
            "clm_plugin_ssh.backend:SshBackend",
            options=(BackendOption("ssh-host", "Run the jobs on this machine.", "[USER@]HOST"),),
        )
    ]
