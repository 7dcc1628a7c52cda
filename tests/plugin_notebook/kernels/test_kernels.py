"""Kernels: start and end, isolation, and resource limits."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from course_folder import until

from clm import ConversionError, Place, TransientJobError
from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.kernels.client import RunLimits
from clm_plugin_notebook.kernels.environment import environment_digest
from clm_plugin_notebook.kernels.execution import CodeRun
from clm_plugin_notebook.kernels.forked import ForkStarter
from clm_plugin_notebook.kernels.pool import KernelPool
from clm_plugin_notebook.kernels.process import NO_LIMITS, KernelLimits
from clm_plugin_notebook.kernels.results import Execution
from clm_plugin_notebook.kernels.spec import KernelChoice, installed_kernel, python_kernel

pytestmark = pytest.mark.integration

forks = pytest.mark.skipif(not ForkStarter.is_available(), reason="kernels fork on Linux only")
posix = pytest.mark.skipif(sys.platform == "win32", reason="there are no limits on Windows")
WAYS = [pytest.param(True, id="fork", marks=forks), pytest.param(False, id="plain")]

SAMPLE = (
    "print({'one', 'two', 'three'}, hash('text'), __name__)",
    "import sys\nprint('out')\nprint('err', file=sys.stderr)",
    "sys.path[0], sys.argv, sys.getrecursionlimit(), sys.flags.hash_randomization",
    "import os\nos.write(1, b'by descriptor\\n')\n_ = os.system('echo by a shell')",
    "!echo by IPython",
    "import subprocess\nprint(subprocess.run([sys.executable, '-c', 'print(6 * 7)'],"
    " capture_output=True, text=True).stdout)",
    "1 / 0",
    "def f(:",
    "input('name?')",
    "from IPython.display import HTML, display\ndisplay(HTML('<b>b</b>'))\n{'a': [1, 2]}",
    "import asyncio\nawait asyncio.sleep(0)\n'awaited'",
    "from concurrent.futures import ThreadPoolExecutor\n"
    "with ThreadPoolExecutor() as threads:\n    print(list(threads.map(abs, [-1, -2])))",
    "import random\nrandom.seed(1)\nrandom.random()",
    "sorted(k for k in os.environ if k.startswith(('PYTHON', 'MPL', 'CLM', 'IPY')))",
    "import logging\nlogging.warning('a warning')",
    "import warnings\nwarnings.warn('deprecated')",
    "class A:\n    def __repr__(self): return 'an A'\nA(), _, In[1][:5], Out.keys()",
    "%pwd\nfrom pathlib import Path\nPath.cwd().name, Path(str(_dh[0])).name",
    "import threading, signal\nthreading.active_count() > 0, signal.getsignal(signal.SIGTERM)",
)


@pytest.fixture
def pool() -> Iterator[KernelPool]:
    pool = KernelPool()
    yield pool
    pool.close()


@pytest.fixture
def run(pool: KernelPool, tmp_path: Path) -> Callable[..., Execution]:
    """Run cells in a kernel of the pool, in a new folder `topic`."""
    made: list[Path] = []

    def new_folder() -> Path:
        made.append(tmp_path / str(len(made)) / "topic")
        made[-1].mkdir(parents=True)
        return made[-1]

    def run_cells(
        *sources: str,
        choice: KernelChoice,
        megabytes: float = 100,
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> Execution:
        code = CodeRun(
            [Cell("code", source, number=n) for n, source in enumerate(sources, 1)],
            choice,
            RunLimits(60, 60, megabytes),
            new_folder,
            kernel_root=tmp_path,
            skip_errors=False,
            place_of=lambda cell, line: Place("deck.py", line, cell=cell.name),
            is_cancelled=is_cancelled,
        )
        return code.execute(pool)

    return run_cells


def text_of(execution: Execution) -> str:
    return "".join(str(output) for run in execution.runs for output in run.outputs)


def new_processes(before: list[psutil.Process]) -> list[psutil.Process]:
    """Return the processes started since `before`, but not by those: browsers of other tests."""
    own = [child for child in psutil.Process().children() if child not in before]
    return [*own, *(process for child in own for process in child.children(recursive=True))]


def tolerant(*sources: str) -> list[Cell]:
    tags = frozenset({"raises-exception"})
    return [Cell("code", source, tags, number=n) for n, source in enumerate(sources, 1)]


def results(pool: KernelPool, choice: KernelChoice, folder: Path, *sources: str) -> list[str]:
    """Return the outputs of each cell, without parts that differ between processes."""
    folder.mkdir(parents=True)
    code = CodeRun(
        tolerant(*sources),
        choice,
        RunLimits(60, 60, 100),
        lambda: folder,
        kernel_root=folder.parent,
        skip_errors=True,
        place_of=lambda cell, line: Place("deck.py", line, cell=cell.name),
        is_cancelled=lambda: False,
    )
    changing = re.compile(r"ipykernel_[0-9]+/[0-9]+\.py|0x[0-9a-f]+|/tmp/[^\s'\"]*")
    return [changing.sub("", str((run.outputs, run.count))) for run in code.execute(pool).runs]


@forks
def test_forked_and_plain_outputs_equal(pool: KernelPool, tmp_path: Path) -> None:
    forked, plain = (
        results(pool, python_kernel("", forked=way), tmp_path / str(way) / "topic", *SAMPLE)
        for way in (True, False)
    )
    assert forked == plain


@forks
def test_preloaded_matplotlib_figures_equal(pool: KernelPool, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    deck = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
    choices = (
        python_kernel("", forked=True, preloaded=("numpy", "matplotlib.pyplot")),
        python_kernel("", forked=False),
    )
    forked, plain = (
        results(pool, choice, tmp_path / str(n), deck) for n, choice in enumerate(choices)
    )
    assert "image/png" in forked[0]
    assert forked == plain


@pytest.mark.parametrize("forked", WAYS)
def test_no_state_shared_between_decks(run: Callable[..., Execution], forked: bool) -> None:
    choice = python_kernel("", forked=forked)
    run(
        "import builtins, json, os, sys, logging\nbuiltins.leak = json.leak = 1\n"
        "os.environ['LEAK'] = 'yes'\nsys.path.insert(0, 'leak')\nsys.setrecursionlimit(500)\n"
        "get_ipython().run_line_magic('xmode', 'Minimal')\nlogging.disable()\n"
        "os.chdir('..')\n(get_ipython().profile_dir.startup_dir)\n"
        "open(get_ipython().profile_dir.startup_dir + '/00.py', 'w').write('leak = 1')\n",
        choice=choice,
    )
    seen = run(
        "import builtins, json, os, sys, logging\n"
        "print(hasattr(builtins, 'leak'), hasattr(json, 'leak'), 'LEAK' in os.environ,"
        " 'leak' in sys.path, sys.getrecursionlimit() == 500, 'leak' in globals(),"
        " logging.root.manager.disable, get_ipython().InteractiveTB.mode,"
        " os.path.basename(os.getcwd()))",
        choice=choice,
    )
    assert "False False False False False False 0 Context topic" in text_of(seen)


@pytest.mark.parametrize("forked", WAYS)
def test_deck_sees_no_credentials(
    run: Callable[..., Execution], forked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_TOKEN", "word")
    monkeypatch.setenv("DATABASE_URL", "postgres://ada:word@localhost")
    seen = run(
        "import os\nprint('word' in str(os.environ), 'PATH' in os.environ)",
        choice=python_kernel("", forked=forked),
    )
    assert "False True" in text_of(seen)


def test_spare_kernel_moves_to_deck(run: Callable[..., Execution], pool: KernelPool) -> None:
    before = psutil.Process().children(recursive=True)
    choice = python_kernel("", forked=False)
    code = "import os\nprint(os.getpid(), 'in', os.getcwd().split(os.sep)[-2:])"
    seen = [text_of(run(code, choice=choice))]
    seen += [text_of(run(code, choice=choice))]
    (spare,) = new_processes(before)
    seen += [text_of(run(code, choice=choice))]
    assert str(spare.pid) in seen[2]
    assert [re.findall(r"'([0-9])', 'topic'", text) for text in seen] == [["0"], ["1"], ["2"]]


@pytest.mark.parametrize("forked", WAYS)
def test_closed_pool_leaves_nothing(
    run: Callable[..., Execution],
    pool: KernelPool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    forked: bool,
) -> None:
    before = psutil.Process().children(recursive=True)
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    for _ in range(2):
        run("1", choice=python_kernel("", forked=forked))
    pool.close()
    assert new_processes(before) == []
    assert list(temporary.iterdir()) == []
    assert list(tmp_path.glob("kernel-*")) == []


@forks
def test_forked_kernels_die_with_parent() -> None:
    program = (
        "import os, signal, tempfile, time\nfrom pathlib import Path\n"
        "from clm_plugin_notebook.kernels.pool import KernelPool\n"
        "from clm_plugin_notebook.kernels.spec import python_kernel\n"
        "folder = Path(tempfile.gettempdir())\n"
        "kernel = KernelPool().take(python_kernel('', forked=True), folder, folder)\n"
        "server = kernel.process._starter._server.process.pid\n"
        "print(kernel.process._pid, server, kernel.home, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    kernel, server, home = ended.stdout.split(maxsplit=2)
    until(lambda: not psutil.pid_exists(int(kernel)), "the end of the kernel")
    until(lambda: not psutil.pid_exists(int(server)), "the end of the server")
    Path(home.strip(), "kernel.json").unlink()


@pytest.mark.parametrize("forked", WAYS)
def test_cell_subprocess_ends_with_kernel(run: Callable[..., Execution], forked: bool) -> None:
    seen = run(
        "import subprocess, sys\nprint(subprocess.Popen([sys.executable, '-c',"
        " 'import time; time.sleep(600)']).pid)",
        choice=python_kernel("", forked=forked),
    )
    pid = int(seen.runs[0].outputs[0]["text"])
    until(lambda: not psutil.pid_exists(pid) or _is_zombie(pid), "the end of the sleeper")


def _is_zombie(pid: int) -> bool:
    return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


@pytest.mark.parametrize("forked", WAYS)
def test_cancel_during_cell_kills_kernel(
    run: Callable[..., Execution], tmp_path: Path, forked: bool
) -> None:
    mark = tmp_path / "mark"
    source = (
        "import os, pathlib, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"pathlib.Path({str(tmp_path / 'new')!r}).write_text(f'{{os.getpid()}} {{child.pid}}')\n"
        f"os.replace({str(tmp_path / 'new')!r}, {str(mark)!r})\n"
        "time.sleep(600)"
    )
    choice = python_kernel("", forked=forked)
    with pytest.raises(TransientJobError, match="cancelled"):
        run("1", source, choice=choice, is_cancelled=mark.exists)
    kernel, child = map(int, mark.read_text().split())
    assert not psutil.pid_exists(kernel)
    until(lambda: not psutil.pid_exists(child) or _is_zombie(child), "the end of the sleeper")
    assert list(tmp_path.glob("kernel-*")) == []
    assert "42" in text_of(run("6 * 7", choice=choice))


@posix
@pytest.mark.parametrize("forked", WAYS)
def test_memory_limit_fails_cell(run: Callable[..., Execution], forked: bool) -> None:
    choice = python_kernel("", forked=forked, limits=KernelLimits(memory_mb=1500))
    with pytest.raises(ConversionError, match="MemoryError") as caught:
        run("x = 1", "y = bytearray(2_000_000_000)", choice=choice)
    assert caught.value.place == Place("deck.py", 1, cell="cell 2")


@pytest.mark.parametrize(
    "source",
    ["print('x' * 30_000_000)", "while True:\n    print('x' * 1000)", "'x' * 30_000_000"],
    ids=["at once", "without end", "as a value"],
)
def test_output_limit_fails_deck(run: Callable[..., Execution], source: str) -> None:
    with pytest.raises(ConversionError, match="exceeds 2 MB") as caught:
        run("print('some')", source, choice=python_kernel("", forked=True), megabytes=2)
    assert caught.value.place == Place("deck.py", None, cell="cell 2")


def test_output_before_failure_reported(run: Callable[..., Execution]) -> None:
    with pytest.raises(ConversionError) as caught:
        run("print('first')\n6 * 7", "print('then')\n1 / 0", choice=python_kernel("", forked=True))
    assert caught.value.details is not None
    assert caught.value.details.endswith("output of cell 1:\nfirst\n42\n\noutput of cell 2:\nthen")


def test_missing_kernel_named() -> None:
    with pytest.raises(ConversionError, match="no Jupyter kernel 'nowhere'") as caught:
        installed_kernel("nowhere", NO_LIMITS)
    assert caught.value.hint is not None
    assert "evaluate: false" in caught.value.hint


def test_configured_interpreter_used(run: Callable[..., Execution], tmp_path: Path) -> None:
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    (tmp_path / "venv" / "pyvenv.cfg").write_text(
        f"home = {Path(sys.executable).parent}\ninclude-system-site-packages = false\n"
    )
    site = f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
    (tmp_path / "venv" / site).mkdir(parents=True)
    own_site = next(p for p in sys.path if p.endswith("site-packages"))
    (tmp_path / "venv" / site / "own.pth").write_text(own_site)
    seen = run("import sys\nprint(sys.prefix)", choice=python_kernel(str(python), forked=True))
    assert str(tmp_path / "venv") in text_of(seen)


def test_package_change_alters_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    digests = [environment_digest("")]
    for version in ("1.0", "1.1"):
        (tmp_path / f"library-{version}.dist-info").mkdir()
        # Digests are cached in the process by path, so the path is changed.
        monkeypatch.syspath_prepend(tmp_path)
        digests.append(environment_digest(""))
    assert len(set(digests)) == 3
    assert environment_digest("") == digests[-1]


def test_other_interpreters_packages_in_digest(tmp_path: Path) -> None:
    digests = []
    for name in ("one", "two"):
        site = tmp_path / name / "lib" / "python3.12" / "site-packages"
        site.mkdir(parents=True)
        (tmp_path / name / "bin").mkdir()
        (tmp_path / name / "bin" / "python").symlink_to(sys.executable)
        if name == "two":
            (site / "library-1.0.dist-info").mkdir()
        digests.append(environment_digest(str(tmp_path / name / "bin" / "python")))
    assert digests[0] != digests[1]


def test_settings_reach_job(topic: Any) -> None:
    from clm_plugin_notebook.payload import NotebookSettings

    settings = NotebookSettings(kernel_python="py", kernel_start="plain", memory_limit_mb=500)
    topic.only(*topic.context.variants, settings=settings)
    request = topic.plan("# %%\n1\n")
    kernel = request.payload.kernel
    assert (kernel.python, kernel.start, kernel.memory_limit_mb) == ("py", "plain", 500)
    assert any(name.endswith("py") for name in request.environment)


@forks
def test_fork_failure_starts_plain_kernel(
    run: Callable[..., Execution], monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(self: ForkStarter, request: object) -> None:
        raise OSError("the fork server has exited")

    monkeypatch.setattr(ForkStarter, "start", start)
    assert "42" in text_of(run("6 * 7", choice=python_kernel("", forked=True)))
