"""Specs crafted to exhaust time or memory: reading them takes little of either."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAD = "name: K\nsections: [{name: W, topics: [a]}]\n"
XML_HEAD = (
    "<course><name>K</name><sections><section><name>W</name>"
    "<topics><topic>a</topic></topics></section></sections>"
)
BOMBS = {
    "deep.yaml": "[\n" * 400_000,
    "wide.yaml": HEAD + "x:\n" + "- a\n" * 240_000,
    "keys.yaml": HEAD + "".join(f"sectionz{n}: 1\n" for n in range(18_000)),
    "aliases.yaml": "a0: &a0 [x, x]\n"
    + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 3000)),
    "alias_of_itself.yaml": "a: &a [*a]\n",
    "tag.yaml": HEAD + "x: " + "!" * 900_000,
    "anchor.yaml": HEAD + ("x: &" + "a" * 19_000 + "\n") * 40,
    "long_anchor.yaml": HEAD + "x: &" + "a" * 900_000,
    "long_tag.yaml": HEAD + "x: !" + "a" * 900_000,
    "blank.yaml": HEAD + "\n" * 900_000,
    "text.yaml": HEAD + "x: a\n" + "  b\n" * 220_000,
    "laughs.xml": '<!DOCTYPE c [<!ENTITY a0 "ha">'
    + "".join(f'<!ENTITY a{n} "&a{n - 1};&a{n - 1};">' for n in range(1, 40))
    + "]><course>&a39;</course>",
    "file.xml": '<!DOCTYPE c [<!ENTITY a SYSTEM "file:///etc/passwd">]><course>&a;</course>',
    "deep.xml": "<course>" + "<a>" * 300_000,
    "wide.xml": XML_HEAD + "<x/>" * 200_000 + "</course>",
    "many.xml": XML_HEAD + "<x" + "".join(f" a{n}='1'" for n in range(80_000)) + "/></course>",
    "characters.xml": XML_HEAD + "<author>" + "&#97;" * 180_000 + "</author></course>",
}  # fmt: skip
# The limit is seven times the CPU time of the slowest one; quadratic growth exceeds it.
READ = """
import resource, sys, time
from pathlib import Path
from clm.course.syntax.reader import read_spec
_, most = resource.getrlimit(resource.RLIMIT_CPU)
for name in sys.argv[1:]:
    resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + 8, most))
    spec, problems = read_spec(Path(name))
    assert problems or name.endswith(("blank.yaml", "characters.xml")), name
# On Linux, ru_maxrss includes the process that started this one; VmHWM does not.
status = Path("/proc/self/status")
lines = status.read_text().splitlines() if status.exists() else []
own = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
print(own[0] if own else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="has no resource limits")
def test_spec_bombs_use_bounded_resources(tmp_path: Path) -> None:
    for name, text in BOMBS.items():
        assert len(text) < 1_000_000, f"{name} would be refused for its size"
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", READ, *(str(tmp_path / name) for name in BOMBS)],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    kilobytes = int(done.stdout) // (1024 if sys.platform == "darwin" else 1)
    assert kilobytes < 200_000
