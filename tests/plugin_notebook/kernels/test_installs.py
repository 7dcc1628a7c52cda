"""Commands that install something: shown on pages, and not run."""

from __future__ import annotations

import json
from pathlib import PurePosixPath
from typing import Any

import pytest

from clm import Variant
from clm_plugin_notebook.kernels.installs import without_installs


@pytest.mark.parametrize(
    "line",
    [
        "!pip install numpy",
        "! pip3 install -q numpy pandas",
        "%pip install numpy",
        "%conda install -c conda-forge numpy",
        "!conda env update -f env.yml",
        "!mamba create -n x",
        "!uv pip install numpy",
        "%uv add numpy",
        "!sudo apt-get -y install graphviz",
        "!apt update && apt install x",
        "!cd x && pip install -r requirements.txt",
        "!{sys.executable} -m pip install numpy",
        "!python -m pip install numpy",
        "!/usr/bin/pip install numpy",
        "!PIP_QUIET=1 pip --quiet install numpy",
        "pip install numpy",
        "%time !pip install numpy",
        "!!pip install numpy",
        "!npm install left-pad",
    ],
)
def test_install_not_run_in_python(line: str) -> None:
    assert without_installs(f"x = 1\n{line}", "python") == "x = 1\npass"


def test_continued_install_keeps_lines() -> None:
    code = "try:\n    import a\nexcept ImportError:\n    !pip install \\\n        a\nx = 1"
    assert without_installs(code, "python").split("\n")[3:] == ["    pass", "", "x = 1"]
    assert without_installs("out = !pip install a", "python") == "out = []"


@pytest.mark.parametrize(
    "code",
    [
        "pip = 1",
        "!pip list",
        "!ls install",
        "%pip freeze",
        "!pip show install",
        'text = """\n!pip install a\n"""',
        "print('pip install a')",
        "conda_install = 3",
        "%matplotlib inline",
        "# !pip install a",
        "!go version",
        "import pip, install",
    ],
)
def test_other_code_is_run(code: str) -> None:
    assert without_installs(code, "python") == code


@pytest.mark.parametrize("language", ["python", "bash"])
def test_install_in_shell_cell_not_run(language: str) -> None:
    start = "%%bash\n" if language == "python" else ""
    code = "cd a && pip install 'x;y' z; ls\n"
    code += "if ! conda install b; then ls; fi\nsudo apt install \\\n c"
    expected = "cd a && :; ls\nif ! :; then ls; fi\n:\n"
    assert without_installs(start + code, language) == start + expected


def test_calls_of_package_managers_not_run() -> None:
    code = "x <- 1\ninstall.packages(c('a',\n  'b'))\nremotes::install_github('c/d'); y"
    assert without_installs(code, "r") == "x <- 1\nNULL\n\nNULL; y"
    assert without_installs('using Pkg; Pkg.add("A")', "julia") == "using Pkg; nothing"
    assert without_installs("install.packages(1)", "java") == "install.packages(1)"


@pytest.mark.integration
def test_page_shows_install_without_running(topic: Any) -> None:
    deck = "# %%\n# !pip install no-such-package-anywhere\nprint(1 + 1)\n\n# %%\n# # !touch made\n"
    deck += "import os\nprint(sorted(os.listdir()))\n"
    topic.files = {"data.txt": b""}
    topic.only(Variant("en", "completed", "html", PurePosixPath("p"), True))
    result = topic.convert(deck)
    (page,) = result.outputs.values()
    assert b"no-such-package-anywhere" in page
    assert b"ERROR" not in page
    assert b"[&#39;data.txt&#39;]" in page
    assert json.dumps([d.message for d in result.diagnostics]) == "[]"
