"""Program launcher with limits: `python launcher.py MEMORY_MB PROCESSES PROGRAM...` (POSIX)."""

import os
import sys


def set_limits(memory_mb: int, processes: int) -> None:
    """Limit this process and all processes that it starts; 0 means no limit."""
    import resource

    limits = {resource.RLIMIT_AS: memory_mb * 2**20, resource.RLIMIT_NPROC: processes}
    for limit, value in limits.items():
        hard = resource.getrlimit(limit)[1]
        if value and (hard == resource.RLIM_INFINITY or value < hard):
            resource.setrlimit(limit, (value, value))


if __name__ == "__main__":
    set_limits(int(sys.argv[1]), int(sys.argv[2]))
    os.execvp(sys.argv[3], sys.argv[3:])
