"""Program that runs a module after a function: `python preloading.py FUNCTION MODULE OPTION`.

A worker starts so if its job type has a `preload`, an import string: the function is called before
any module of CLM is imported, while the process has one thread and no open files.
"""

import sys
from importlib import import_module


def main(preload: str, module: str, options: list[str]) -> int:
    """Calls the function, then runs the module, whose exit code it returns."""
    name, _, function = preload.partition(":")
    try:
        getattr(import_module(name), function)()
    except Exception as error:
        # The module works without it.
        sys.stderr.write(f"{preload} has failed: {type(error).__name__}: {error}\n")
    exit_code: int = import_module(module).main(options)
    return exit_code


if __name__ == "__main__":
    if not sys.flags.safe_path:
        del sys.path[0]  # the folder of this file
    sys.exit(main(sys.argv[1], sys.argv[2], sys.argv[3:]))
