"""The time line of a build's report: a row for each worker, a bar for each of its jobs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape

from attrs import frozen

from clm.builder.last_build import LastBuild
from clm.builder.report import JobReport
from clm.cli.durations import duration
from clm.cli.messages import plain

_NAMES, _BARS, _ROW, _AXIS = 190.0, 800.0, 22.0, 24.0
_TICKS = 8
_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600)


@frozen
class _Scale:
    """Seconds since the build's beginning as places on the time line."""

    seconds: float

    def x(self, seconds: float) -> float:
        return _NAMES + _BARS * min(max(seconds / self.seconds, 0.0), 1.0)


def timeline(build: LastBuild) -> str:
    """The time line as SVG; empty where no worker did anything."""
    worked = [job for job in build.jobs if job.seconds and job.started]
    if not worked:
        return ""
    workers: dict[str, list[JobReport]] = {}
    for job in sorted(worked, key=lambda job: job.started):
        workers.setdefault(job.worker, []).append(job)
    end = max(build.seconds, *(job.started + job.seconds - build.began for job in worked), 0.001)
    scale = _Scale(end)
    height = _AXIS + _ROW * len(workers) + 4
    rows = (
        line
        for number, (worker, jobs) in enumerate(workers.items())
        for line in _row(worker, jobs, _AXIS + number * _ROW, scale, build.began)
    )
    width = _NAMES + _BARS + 30
    return "\n".join(
        [
            f'<svg class="timeline" viewBox="0 0 {width:g} {height:g}" role="img" '
            f'aria-label="{len(worked)} jobs of {len(workers)} workers">',
            *_axis(scale, height),
            *rows,
            "</svg>",
        ]
    )


def _axis(scale: _Scale, height: float) -> Iterator[str]:
    step = next((s for s in _STEPS if scale.seconds / s <= _TICKS), scale.seconds / _TICKS)
    ticks = (number * step for number in range(int(scale.seconds / step) + 1))
    for seconds in ticks:
        x = scale.x(seconds)
        yield f'<line class="grid" x1="{x:.1f}" x2="{x:.1f}" y1="18" y2="{height:g}"/>'
        yield f'<text class="tick" x="{x:.1f}" y="12">{_clock(seconds)}</text>'


def _clock(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:g} s" if seconds == int(seconds) else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


def _row(
    worker: str, jobs: Iterable[JobReport], y: float, scale: _Scale, began: float
) -> Iterator[str]:
    name = escape(plain(worker or "this process"))
    yield f'<text class="worker" x="{_NAMES - 8:g}" y="{y + 14:g}">{name}</text>'
    for job in jobs:
        start = scale.x(job.started - began)
        width = max(scale.x(job.started - began + job.seconds) - start, 1.0)
        said = escape(plain(f"{job.source} ({job.job_type}), {duration(job.seconds)}"))
        yield (
            f'<rect class="{job.outcome}" x="{start:.1f}" y="{y + 2:g}" '
            f'width="{width:.1f}" height="{_ROW - 6:g}"><title>{said}</title></rect>'
        )
