"""The backend: each thread has converters of its own."""

from clm.backends.api import InProcessRunner, ThreadedBackend


class ThreadsBackend(ThreadedBackend):
    def new_runner(self) -> InProcessRunner:
        return InProcessRunner(self.context)
