"""Outputs without what differs between runs and machines."""

from __future__ import annotations

import tempfile
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from clm import Variant
from clm_plugin_notebook.kernels.results import CellRun, Execution
from clm_plugin_notebook.kernels.shortened_paths import PathShortener
from clm_plugin_notebook.kernels.stable_ids import StableIds, without_addresses
from clm_plugin_notebook.kernels.stable_outputs import stable
from clm_plugin_notebook.payload import NotebookSettings
from clm_plugin_notebook.worker import NotebookWorker

UUID = "5bf7fb1b-0b26-4d4f-9d3e-8f9c3a1f9c11"
COLOUR, RESET = "\x1b[32m", "\x1b[39m"
# Everything at once that is another in each run.
DECK = """\
# %%
import os, sys, tempfile, warnings
from pathlib import Path
import helper
from IPython.display import HTML, display
print(Path.cwd(), helper.__file__, os.environ["IPYTHONDIR"], tempfile.mkdtemp())
print(tempfile.gettempdir(), Path.cwd().parent)

# %%
helper.warn()
warnings.warn("new")

# %% tags=["raises-exception"]
helper.fail()

# %%
import traceback
try:
    helper.fail()
except ZeroDivisionError:
    traceback.print_exc()

# %%
class A: pass
display(A(), [A(), object()], helper)
print(A(), helper.fail)

# %%
import uuid
name = uuid.uuid4().hex
display(HTML(f'<p id="x-{name}">a</p><script>document.getElementById("x-{name}")</script>'))
display(HTML(f'<p id="{uuid.uuid4()}">b</p>'))

# %%
%config InlineBackend.figure_formats = ["svg"]
import matplotlib.pyplot as plt
plt.plot([1, 2])
plt.show()

# %%
import ipywidgets
ipywidgets.VBox([ipywidgets.IntSlider(), ipywidgets.HTML(f'<b id="{uuid.uuid4()}">c</b>')])
"""
HELPER = b"""\
import warnings

def warn():
    warnings.warn("old")

def fail():
    return 1 / 0
"""


@pytest.fixture
def shorten() -> PathShortener:
    return PathShortener(Path("/job/run-1/scratch/1/topic"), Path("/job/kernel-abc"))


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("/job/run-1/scratch/1/topic/helper.py", "helper.py"),
        ("PosixPath('/job/run-1/scratch/1/topic')", "PosixPath('.')"),
        ("/job/run-1/scratch/1/topic/data/a.csv, x", "data/a.csv, x"),
        ("/job/run-1/scratch/1", ".."),
        ("/job/run-1/scratch/1/other/b", "../other/b"),
        ("/job/kernel-abc/ipython", "ipython"),
        (f"{COLOUR}/job/run-1/scratch/1/topic/helper.py:2{RESET}, in f", None),
        ("/tmp/ipykernel_12/3456.py:1: UserWarning: x", "cell:1: UserWarning: x"),
        ('File "/tmp/ipykernel_12/3456.py", line 4', 'File "cell", line 4'),
        ('File "/opt/a b/site-packages/np/core.py", line 4', 'File "site-packages/np/core.py", li'),
        ("/home/me/v/lib/python3.11/site-packages/p.py:3: Warn: x", "site-packages/p.py:3: Warn"),
        (f"File {COLOUR}/usr/lib/python3.12/json/x.py:3{RESET}, in f", None),
        (f"File {COLOUR}~/.pyenv/lib/python3.12/json/x.py:3{RESET}, in f", None),
        ('File "/home/me/course/src/own.py", line 4, in f', 'File "own.py", line 4, in f'),
        ('File "C:\\Users\\me\\own.py", line 4, in f', 'File "own.py", line 4, in f'),
        ('File "<string>", line 4, in f', 'File "<string>", line 4, in f'),
        ("<module 'x' from '/v/lib/site-packages/x.py'>", "<module 'x' from 'site-packages/x.py'"),
        ("/jobs/run-1/scratch", "/jobs/run-1/scratch"),
        ("/etc/passwd and https://a.org/b", "/etc/passwd and https://a.org/b"),
    ],
)
def test_paths_shortened(shorten: PathShortener, text: str, short: str | None) -> None:
    made = shorten(text)
    if short is None:  # coloured: the name only, with its colour
        assert COLOUR in made
        short = f"{'python3.12/json/x.py:3' if 'x.py' in text else 'helper.py:2'}{RESET}, in f"
        made = made.partition(COLOUR)[2]
    assert made.startswith(short)


def test_home_becomes_tilde(shorten: PathShortener) -> None:
    home = Path.home()
    assert shorten(f"{home} {home}/x {home}x") == f"~ ~/x {home}x"


def test_temporary_names_numbered(shorten: PathShortener) -> None:
    folder = tempfile.gettempdir()
    text = f"{folder}/tmpabcdefgh/x {folder}/tmp12345678 {folder}/tmpabcdefgh {folder}/own"
    assert shorten(text) == "/tmp/tmp1/x /tmp/tmp2 /tmp/tmp1 /tmp/own"


def test_long_text_without_blanks_is_quick(shorten: PathShortener) -> None:
    text = "/abc" * 500_000
    assert shorten(text) == text
    assert shorten("a" * 2_000_000) == "a" * 2_000_000


def in_markup(*texts: str) -> list[str]:
    ids = StableIds()
    for text in texts:
        ids.notice(text)
    return [ids.replaced(text) for text in texts]


def test_ids_numbered_in_all_outputs() -> None:
    script, element = in_markup(f'show("{UUID}")', f'<div id="{UUID}"></div>')
    assert script == 'show("00000000-0000-4000-8000-000000000001")'
    assert element == '<div id="00000000-0000-4000-8000-000000000001"></div>'


def test_ids_with_prefix_numbered() -> None:
    viz = "005c5aefd6bf46259159e9b128d767ff"
    text = f'<style>#viz-{viz}.a {{}}</style><p id="viz-{viz}"><i id="p1c82a70d0e"/></p>'
    (made,) = in_markup(text)
    assert viz not in made
    assert made.count("viz-00000000000000000000000000000001") == 2
    assert 'id="p0000000002"' in made


def test_table_styles_numbered() -> None:
    (made,) = in_markup('<style>#T_fb154_row1_col0 {}</style><td id="T_fb154_row1_col0">T_fb1</td>')
    assert made == '<style>#T_00001_row1_col0 {}</style><td id="T_00001_row1_col0">T_fb1</td>'


def test_data_that_look_random_stay() -> None:
    text = f'<td>{UUID}</td><td id="total">005c5aefd6bf46259159e9b128d767ff</td>'
    assert in_markup(text) == [text]


@pytest.mark.parametrize(
    ("text", "stable_text"),
    [
        ("<A at 0x7f99a6b4dde0>, <A at 0x104f3d2e0>", "<A at 0x...>, <A at 0x...>"),
        ("&lt;A object at 0x000001E2D4E5F6A0&gt;", "&lt;A object at 0x...&gt;"),
        ("<cell at 0x7f99a6b4dde0: int at 0x7f99a6b4dde1>", "<cell at 0x...: int at 0x...>"),
    ],
)
def test_addresses_of_objects_left_out(text: str, stable_text: str) -> None:
    assert without_addresses(text) == stable_text


@pytest.mark.parametrize(
    "text", ["emoji at 0x1F600", "at 0x7f99a6b4dde0", "<at 0x80000000>", "0x7f99a6b4dde0"]
)
def test_other_numbers_stay(text: str) -> None:
    assert without_addresses(text) == text


def test_pictures_stay() -> None:
    png = {"output_type": "display_data", "data": {"image/png": "/tmp/x"}, "metadata": {}}
    execution = Execution((CellRun((png,), 1),))
    assert stable(execution, Path("/tmp/x"), Path("/tmp/k")) == execution


@pytest.mark.integration
@pytest.mark.parametrize("start", ["fork", "plain"])
def test_fresh_kernels_give_same_page(topics: Any, start: str, tmp_path: Path) -> None:
    pages = []
    for _ in range(2):
        worker = NotebookWorker()
        worker.start()
        topic = topics()
        topic.worker, topic.files = worker, {"helper.py": HELPER}
        variant = Variant("en", "completed", "html", PurePosixPath("x"), True)
        topic.only(variant, settings=NotebookSettings(kernel_start=start))
        pages.append(topic.convert(DECK).outputs["en/html/completed"])
        worker.stop()
    assert pages[0] == pages[1]
    text = pages[0].decode()
    for private in (str(tmp_path), tempfile.gettempdir() + "/ipy", str(Path.home()), "/scratch/"):
        assert private not in text
    assert "helper.py:4: UserWarning: old" in text
    assert "cell:2: UserWarning: new" in text
