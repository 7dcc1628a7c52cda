"""Speed, CPU time and memory of the draw.io plugin, compared with one browser per file.

    python tests/bench/bench_drawio.py [--files 300]

Draws 30 varied diagrams and prints JSON: each figure with its target. Memory is measured over
`--files` drawings (by default 100, after which the pages of the browser are recycled).
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import psutil

from clm import Job
from clm_plugin_drawio.payload import DrawioPayload, PagePicture
from clm_plugin_drawio.worker import DrawioWorker

STYLES = (
    "rounded=1;whiteSpace=wrap;html=1;",
    "ellipse;whiteSpace=wrap;html=1;fillColor=#dae8fc;strokeColor=#6c8ebf;",
    "rhombus;whiteSpace=wrap;html=1;gradientColor=#ffcc00;shadow=1;",
    "swimlane;html=1;startSize=24;fillColor=#d5e8d4;",
    "shape=cylinder3;html=1;whiteSpace=wrap;",
    "shape=mxgraph.cisco.routers.router;html=1;fillColor=#036897;",
    "image;html=1;image=img/lib/azure2/compute/Virtual_Machine.svg;",
    "shape=note;whiteSpace=wrap;html=1;sketch=1;",
    "shape=mxgraph.aws4.resourceIcon;resIcon=mxgraph.aws4.ec2;html=1;fillColor=#ED7100;",
    "shape=actor;html=1;verticalLabelPosition=bottom;",
)
LABELS = ("Start", "Grüße aus <b>Köln</b>", "a long label that is wrapped over lines", "∑ → λ", "")


def diagrams() -> list[str]:
    """30 diagrams with 4 to 62 boxes of all kinds and edges between them."""
    return [_diagram(number) for number in range(30)]


def _diagram(number: int) -> str:
    cells = "".join(_cells(number))
    math = ' math="1"' if number % 10 == 9 else ""
    root = f'<root><mxCell id="0"/><mxCell id="1" parent="0"/>{cells}</root>'
    model = f"<mxGraphModel{math}>{root}</mxGraphModel>"
    return f'<mxfile><diagram name="Page">{model}</diagram></mxfile>'


def _cells(number: int) -> Iterator[str]:
    for n in range(4 + 2 * number):
        style = STYLES[(n + number) % len(STYLES)] if number % 3 else STYLES[n % 4]
        label = r"$$\frac{a}{b}$$" if number % 10 == 9 and n < 3 else LABELS[n % len(LABELS)]
        x, y = 180 * (n % 8), 110 * (n // 8)
        geometry = f'<mxGeometry x="{x}" y="{y}" width="120" height="70" as="geometry"/>'
        yield (
            f'<mxCell id="n{n}" value={quoteattr(label)} style="{style}" vertex="1" '
            f'parent="1">{geometry}</mxCell>'
        )
        if n:
            yield (
                f'<mxCell id="e{n}" value="edge" edge="1" parent="1" source="n{n - 1}" '
                f'target="n{n}" style="edgeStyle=orthogonalEdgeStyle;html=1;">'
                '<mxGeometry relative="1" as="geometry"/></mxCell>'
            )


def cpu_seconds() -> float:
    """The CPU time of this process and its descendants, including those that have ended."""
    own = psutil.Process()
    total = 0.0
    for process in (own, *own.children(recursive=True)):
        with suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def draw(worker: DrawioWorker, text: str, format: str) -> float:
    """The time that a picture takes, in seconds."""
    payload = DrawioPayload(
        "x.drawio", (PagePicture("x", 0, format),), "browser", 3.0, 20, False, "light", 120.0
    )
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "x.drawio").write_text(text, encoding="utf-8")
        job = Job(Path(folder), "x.drawio", ("x",), "bench", lambda: False)
        begun = time.perf_counter()
        worker.convert(payload, job)
        return time.perf_counter() - begun


def warm(texts: list[str]) -> dict[str, Any]:
    worker = DrawioWorker()
    first = draw(worker, texts[0], "png")
    for text in texts:
        draw(worker, text, "svg")
    before = cpu_seconds()
    png = [draw(worker, text, "png") for text in texts]
    cpu = cpu_seconds() - before
    svg = [draw(worker, text, "svg") for text in texts]
    worker.stop()
    return {
        "first_picture_s": {"value": round(first, 2), "target": 2.0},
        "png_median_ms": {"value": round(1000 * statistics.median(png)), "target": 300},
        "svg_median_ms": {"value": round(1000 * statistics.median(svg)), "target": 250},
        "cpu_per_png_s": round(cpu / len(texts), 3),
    }


def cold(texts: list[str]) -> float:
    """CPU seconds per file with one browser per file."""
    used = 0.0
    for text in texts:
        worker = DrawioWorker()
        before = cpu_seconds()
        draw(worker, text, "png")
        used += cpu_seconds() - before
        worker.stop()
    return used / len(texts)


def memory(texts: list[str], files: int) -> float | None:
    """The peak memory (PSS) of all processes of the browser, in megabytes."""
    worker = DrawioWorker()
    most = 0.0
    for number in range(files):
        draw(worker, texts[number % len(texts)], "png")
        if number % 10 == 9:
            most = max(most, _pss())
    worker.stop()
    return most or None


def _pss() -> float:
    total = 0
    for process in psutil.Process().children(recursive=True):
        try:
            text = Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii")
        except OSError:
            continue
        total += next(int(x.split()[1]) for x in text.splitlines() if x.startswith("Pss:"))
    return total / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100)
    files = parser.parse_args().files
    texts = diagrams()
    report = warm(texts)
    one_browser_per_file = cold(texts[::5])
    ratio = one_browser_per_file / report["cpu_per_png_s"]
    report["cpu_per_png_one_browser_per_file_s"] = round(one_browser_per_file, 3)
    report["times_less_cpu"] = {"value": round(ratio, 1), "target": 5}
    report["memory_mb"] = {"value": memory(texts, files), "target": 700, "files": files}
    print(json.dumps(report, indent=2))


if __name__ == "__main__":
    main()
