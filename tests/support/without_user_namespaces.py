"""Program: run a command that may not create user namespaces nor gain rights, as in containers.

Chromium then has no sandbox for an account other than root: its other one is a program with the
rights of root. Needs Linux on one of the architectures in `SYSCALLS`; root is not needed.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys

SYSCALLS = {"x86_64": (56, 272, 435), "aarch64": (220, 97, 435)}  # clone, unshare, clone3
_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2
_NEW_USER_NAMESPACE = 0x10000000
_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def forbid() -> None:
    """Forbid both to this process and all that it starts."""
    clone, unshare, clone3 = SYSCALLS[platform.machine()]
    steps = (
        (_LOAD, 0, 0, 0),  # the number of the call
        (_EQUAL, 7, 0, clone3),  # its flags cannot be seen, and C libraries do without it
        (_EQUAL, 2, 0, unshare),
        (_EQUAL, 1, 0, clone),
        (_RETURN, 0, 0, _ALLOW),
        (_LOAD, 0, 0, 16),  # its flags
        (_ANY_BIT, 1, 0, _NEW_USER_NAMESPACE),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _ERROR | 1),  # EPERM
        (_RETURN, 0, 0, _ERROR | 38),  # ENOSYS
    )
    program = _Program(len(steps), b"".join(struct.pack("=HBBI", *step) for step in steps))
    library = ctypes.CDLL(None, use_errno=True)
    for arguments in ((_NO_NEW_PRIVILEGES, 1, 0, 0, 0), (_SECCOMP, _FILTER, ctypes.byref(program))):
        if library.prctl(*arguments):
            raise OSError(ctypes.get_errno(), "prctl")


if __name__ == "__main__":
    forbid()
    os.execvp(sys.argv[1], sys.argv[1:])
