"""What planning and checking look at: nothing but what tells that a course has not changed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FILES = {
    "course.yaml": (
        "name: {de: K, en: C}\ntheme: {mode: dark}\nsections:\n- name: {de: S, en: S}\n"
        "  topics:\n  - {id: one, includes: [{source: shared/part.md}]}\n  - two\n  - single\n"
    ),
    "shared/part.md": "shared {{ author }}\n",
    "templates/shared.j2": "{% macro shared() %}x{% endmacro %}",
    "slides/module_1/topic_100_one/slides_one.py": (
        "# j2 from 'macros.j2' import header\n# {{ header('Eins', 'One') }}\n\n"
        '# %% [markdown] tags=["slide"]\n# ![p](img/p.png) ![d](img/d.png) ![q](build/q.png)\n'
        '# {% include "part.md" %}\n# {% from "shared.j2" import shared %}{{ shared() }}\n'
        "# [two](clm:two) [gone](gone.html) [data](data.csv)\n\n# %%\nimport helper\n"
    ),
    "slides/module_1/topic_100_one/helper.py": "import other\n",
    "slides/module_1/topic_100_one/data.csv": "1\n",
    "slides/module_1/topic_100_one/build/q.png": "q",
    "slides/module_1/topic_100_one/pu/p.pu": "@startuml\n!include sub.iuml\nA -> B\n@enduml\n",
    "slides/module_1/topic_100_one/pu/sub.iuml": "B -> A\n",
    "slides/module_1/topic_100_one/drawio/d.drawio": (
        "<mxfile><diagram><mxGraphModel><root/></mxGraphModel></diagram></mxfile>"
    ),
    "slides/module_1/topic_200_two/slides_two.md": "# Two\n\n[one](../topic_100_one/x.py#a)\n",
    "slides/module_1/topic_200_two/slides_b.ipynb": json.dumps(
        {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    ),
    "slides/module_1/topic_300_single.py": "# ![p](img/x.png)\nimport beside\n",
    "slides/module_1/beside.py": "1\n",
}
LOOKING = """\
import json, os, sys
from pathlib import Path
from clm.backends.paths import ClmPaths
from clm.builder.digests import FileDigests
from clm.builder.planning.planner import plan_build
from clm.builder.planning.plugins.calls import SourceChecks
from clm.builder.unchanged.sources import sources_of
from clm.builder.unchanged.clock import Clock
from clm.course.course import Course
from clm.course.syntax.reader import load_spec
from clm.plugins import PluginRegistry

looked = set()

def note(event, arguments):
    if event in ("open", "os.scandir", "os.listdir") and not isinstance(arguments[0], int):
        looked.add(os.path.abspath(os.fsdecode(arguments[0])))

def noted(look):
    def looking(path, *arguments, **options):
        if not isinstance(path, int):
            looked.add(os.path.abspath(os.fsdecode(path)))
        return look(path, *arguments, **options)
    return looking

spec = Path(sys.argv[1])
plugins = PluginRegistry.load()
assert not plugins.problems, plugins.problems
course = Course.load(load_spec(spec))
for name in ("stat", "lstat", "access", "readlink"):
    setattr(os, name, noted(getattr(os, name)))
sys.addaudithook(note)
checks, digests = SourceChecks(), FileDigests()
plan = plan_build(course, checks.noting_sources(plugins), digests)
found = list(checks.found(plan))
planned_from = sorted(looked)  # what follows is no part of it
assert not plan.failed, [(f.source, [str(d) for d in f.diagnostics]) for f in plan.failed]
Clock.may_precede = lambda *arguments: False  # the files are new
sources = sources_of(course, Clock.now())
print(json.dumps([planned_from, sources]))
"""


@pytest.mark.integration
def test_planning_looks_at_sources_only(tmp_path: Path) -> None:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    done = subprocess.run(
        [sys.executable, "-c", LOOKING, tmp_path / "course.yaml"],
        capture_output=True,
        text=True,
        env={**os.environ, "CLM_LOAD_PLUGINS": "notebook,plantuml,drawio,site"},
    )
    assert done.returncode == 0, done.stderr
    looked, sources = json.loads(done.stdout)
    folders = set(sources["names"])
    files = {f"{f}/{name}" for f, names in sources["names"].items() for name in names}
    known = folders | files | set(sources["files"]) | set(sources["absent"])
    in_course = [path for path in looked if path.startswith(str(tmp_path))]
    # A file that does not exist would change its folder if it came to be.
    unknown = [p for p in in_course if p not in known and str(Path(p).parent) not in folders]
    assert in_course and unknown == []
