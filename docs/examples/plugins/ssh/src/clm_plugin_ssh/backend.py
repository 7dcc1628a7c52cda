"""The backend: each thread keeps an `ssh` to the machine for each job type."""

from clm import UsageError
from clm.backends.api import BackendContext, StreamRunner, ThreadedBackend
from clm.workers.api import CommandStream

# A machine that is frozen or unplugged is noticed after 15 seconds.
SSH = ("ssh", "-T", "-o", "BatchMode=yes", "-o", "ServerAliveInterval=5")


class SshBackend(ThreadedBackend):
    def __init__(self, context: BackendContext) -> None:
        super().__init__(context)
        host = context.options.get("ssh-host", "")
        if not host or host.startswith("-"):  # which would be an option of ssh
            raise UsageError("the backend ssh needs a machine", hint="--ssh-host [USER@]HOST")
        self._stream = CommandStream((*SSH, "--", host, "clm", "workers", "serve"))

    def new_runner(self) -> StreamRunner:
        return StreamRunner(self.context, lambda job_type: self._stream)
