"""JVM process: draws the diagrams that are requested on stdin, until its end.

Drawing needs a process of its own, which can be killed if a diagram never finishes. Messages are
frames (see `frames`): a request is one of JSON, an answer is one of JSON followed by one for each
picture. The process opens no port.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

# JPype imports numpy if it is installed, for arrays that are not used here; the import takes as
# long as the start of Java.
sys.modules["numpy"] = None  # type: ignore[assignment]

import jpype  # noqa: E402

from clm_plugin_plantuml.fonts import font_flags  # noqa: E402
from clm_plugin_plantuml.frames import read_frame, write_frame  # noqa: E402

if TYPE_CHECKING:
    from clm_plugin_plantuml.drawing import Renderer

# Deep diagrams recurse deeply, and Java code runs on the stack of the thread that calls it.
_STACK_BYTES = 64 << 20


def main() -> None:
    """Start Java, report its version, and answer requests; never returns."""
    threading.stack_size(_STACK_BYTES)
    thread = threading.Thread(target=_run, args=(json.loads(sys.argv[1]),))
    thread.start()
    thread.join()


def _run(options: Mapping[str, Any]) -> None:
    try:
        _serve(options)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        # A regular exit would wait for everything that Java still does.
        os._exit(0)


def _serve(options: Mapping[str, Any]) -> None:
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    # Output of Java or a library must not be mixed with the answers.
    os.dup2(2, 1)
    flags = [*options["flags"], *font_flags(Path.cwd())]
    jpype.startJVM(options["library"], *flags, classpath=[options["jar"]], convertStrings=False)
    # Imported only here, since it needs the running JVM.
    from clm_plugin_plantuml.drawing import Renderer

    renderer = Renderer()
    _send(answers, {"java": renderer.java_version}, [])
    while (request := read_frame(requests)) is not None:
        _send(answers, *_handle(json.loads(request), renderer))


def _handle(request: dict[str, Any], renderer: Renderer) -> tuple[dict[str, Any], list[bytes]]:
    if request.get("exit"):
        sys.stderr.flush()
        jpype.JClass("java.lang.System").exit(0)  # unlike ours, it makes the archive of classes
    if request.get("fonts"):
        return {"fonts": renderer.count_fonts(), "java": renderer.java_version}, []
    return renderer.draw(request)


def _send(answers: IO[bytes], facts: Mapping[str, Any], pictures: list[bytes]) -> None:
    write_frame(answers, json.dumps({**facts, "pictures": len(pictures)}).encode())
    for picture in pictures:
        write_frame(answers, picture)
    answers.flush()


if __name__ == "__main__":
    main()
