"""HTML report of a build: one page without scripts or external files.

All texts of a course are escaped. In addition, the page's content security policy forbids scripts
and whatever comes from elsewhere, so that no file name can inject anything.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from html import escape
from importlib.resources import files

from attrs import frozen

from clm.builder.outcome.last_build import LastBuild
from clm.builder.report import JobReport, Outcome
from clm.cli.output.console import plain
from clm.cli.output.formatting import duration
from clm.errors import Diagnostic, Severity
from clm.theme.tokens import tokens_css

_SLOWEST = 20
_SLOW_COLUMNS = ("Source", "Job type", "Outcome", "Time")
_LABELS = {
    Outcome.BUILT: "built",
    Outcome.CACHED: "from cache",
    Outcome.SKIPPED: "up to date",
    Outcome.FAILED: "failed",
    Outcome.CANCELLED: "cancelled",
}


def report_page(build: LastBuild) -> str:
    """Return the HTML page; times are in the local time zone."""
    own = files("clm.cli.output").joinpath("report.css").read_text(encoding="utf-8")
    style = tokens_css() + own
    title = f"{_verdict(build)}: {_text(build.spec)}"
    parts = [
        _head(build, title),
        _numbers(build),
        _problems(build),
        _earlier_failures(build),
        _section("Timeline", timeline(build), "Jobs of each worker since the start of the build."),
        _slowest(build),
        _by_type(build),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en" data-theme="auto">\n<head>\n<meta charset="utf-8">\n'
        '<meta http-equiv="Content-Security-Policy" '
        # Without scripts the page requests nothing; tools that assess pages read `robots.txt`.
        "content=\"default-src 'none'; style-src 'unsafe-inline'; connect-src 'self'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f'<meta name="description" content="{title}">\n'
        f"<title>{title}</title>\n<style>\n{style}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(part for part in parts if part)
        + "\n</main>\n</body>\n</html>\n"
    )


def _head(build: LastBuild, title: str) -> str:
    began = datetime.fromtimestamp(build.began).astimezone()
    when = f"{began:%Y-%m-%d %H:%M:%S %Z}"
    state = "ok" if build.ok else "failed"
    return (
        f'<header class="{state}">\n<h1>{title}</h1>\n'
        f"<p>{when}, {duration(build.seconds)}, CLM {_text(build.clm)}</p>\n"
        f"{_places(build)}</header>"
    )


def _places(build: LastBuild) -> str:
    folders = ", ".join(f"<code>{_text(place.folder)}</code>" for place in build.outputs)
    return f"<p>Outputs: {folders}</p>\n" if folders else ""


def _verdict(build: LastBuild) -> str:
    if build.interrupted:
        return "Interrupted"
    return "Done" if build.ok else "Failed"


def _numbers(build: LastBuild) -> str:
    counts = [(label, build.count(outcome), str(outcome)) for outcome, label in _LABELS.items()]
    reused = build.count(Outcome.CACHED) + build.count(Outcome.SKIPPED)
    share = f"{reused / len(build.jobs):.0%}" if build.jobs else "-"
    items = [
        *(_number(label, str(n), kind if n else "none") for label, n, kind in counts),
        _number("reused", share, "none"),
        _number("files written", str(build.files_written), "none"),
        _number("files unchanged", str(build.files_unchanged), "none"),
        _number("files removed", str(build.files_removed), "none"),
    ]
    return f'<dl class="numbers">\n{"".join(items)}</dl>'


def _number(label: str, value: str, kind: str) -> str:
    return f'<div class="{kind}"><dt>{label}</dt><dd>{value}</dd></div>\n'


def _problems(build: LastBuild) -> str:
    of_jobs = [(d, job) for job in build.jobs for d in job.diagnostics]
    of_build = [(d, None) for d in (*build.stopped_by, *build.problems)]
    silent = [
        (Diagnostic("the job failed without a message"), job)
        for job in build.jobs
        if job.outcome is Outcome.FAILED and not job.diagnostics
    ]
    everything: list[tuple[Diagnostic, JobReport | None]] = [*of_build, *of_jobs, *silent]
    sections = []
    for severity, heading in ((Severity.ERROR, "Errors"), (Severity.WARNING, "Warnings")):
        found = [(d, job) for d, job in everything if d.severity is severity]
        items = dict.fromkeys(_problem(d, job) for d, job in found)
        if items:
            sections.append(_section(f"{heading} ({len(items)})", "\n".join(items)))
    return "\n".join(sections)


def _earlier_failures(build: LastBuild) -> str:
    items = dict.fromkeys(
        _problem(diagnostic, job)
        for job in build.earlier_failures
        for diagnostic in job.diagnostics
    )
    if not items:
        return ""
    note = "Failures of earlier builds, of jobs that this build did not run."
    return _section(f"Earlier failures ({len(items)})", "\n".join(items), note)


def _problem(diagnostic: Diagnostic, job: JobReport | None) -> str:
    place = f"<code>{_text(str(diagnostic.place))}</code> " if diagnostic.place else ""
    parts = [f"<p>{place}{_text(diagnostic.message)}</p>"]
    if diagnostic.excerpt:
        parts.append(f"<pre>{_text(diagnostic.excerpt)}</pre>")
    if diagnostic.hint:
        parts.append(f'<p class="hint">{_text(diagnostic.hint)}</p>')
    if job is not None:
        parts.append(f'<p class="job">{_text(job.job_type)}: {_text(job.source)}</p>')
    if diagnostic.details:
        details = f"<pre>{_text(diagnostic.details)}</pre>"
        parts.append(f"<details><summary>Details</summary>{details}</details>")
    return f'<article class="{diagnostic.severity}">\n' + "\n".join(parts) + "\n</article>"


def _slowest(build: LastBuild) -> str:
    worked = sorted((job for job in build.jobs if job.seconds), key=lambda job: -job.seconds)
    if not worked:
        return ""
    longest = worked[0].seconds
    rows = "\n".join(_slow_row(job, job.seconds / longest) for job in worked[:_SLOWEST])
    head = "".join(_heading(text, number=text == "Time") for text in _SLOW_COLUMNS)
    head = f'<tr>{head}<td class="bar"></td></tr>'
    table = f"<table>\n<thead>{head}</thead>\n<tbody>\n{rows}\n</tbody>\n</table>"
    return _section("Slowest jobs", table)


def _slow_row(job: JobReport, share: float) -> str:
    return (
        f'<tr><td class="source">{_path(job.source)}</td><td>{_text(job.job_type)}</td>'
        f"<td>{_LABELS[job.outcome]}</td>"
        f'<td class="number">{duration(job.seconds)}</td><td class="bar">'
        f'<div class="{job.outcome}" style="width: {share * 100:.1f}%"></div></td></tr>'
    )


def _by_type(build: LastBuild) -> str:
    outcomes = {name: Counter[Outcome]() for name in sorted({j.job_type for j in build.jobs})}
    seconds = Counter[str]()
    for job in build.jobs:
        outcomes[job.job_type][job.outcome] += 1
        seconds[job.job_type] += job.seconds  # type: ignore[assignment]
    if not outcomes:
        return ""
    columns = (*_LABELS.values(), "Total time")
    head = _heading("Job type") + "".join(_heading(text, number=True) for text in columns)
    rows = "\n".join(
        f"<tr><td>{_text(name)}</td>{_cells(counts)}"
        f'<td class="number">{duration(seconds[name])}</td></tr>'
        for name, counts in outcomes.items()
    )
    table = f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody>\n</table>"
    return _section("Jobs by type", table)


def _heading(text: str, *, number: bool = False) -> str:
    kind = ' class="number"' if number else ""
    return f'<th scope="col"{kind}>{text}</th>'


def _cells(counts: Counter[Outcome]) -> str:
    return "".join(f'<td class="number">{counts[outcome]}</td>' for outcome in _LABELS)


def _section(heading: str, content: str, note: str = "") -> str:
    if not content:
        return ""
    paragraph = f'<p class="note">{note}</p>\n' if note else ""
    return f"<section>\n<h2>{heading}</h2>\n{paragraph}{content}\n</section>"


def _path(path: str) -> str:
    """An escaped path that may wrap after each slash."""
    return _text(path).replace("/", "/<wbr>")


def _text(text: str) -> str:
    """A text escaped for elements and attributes."""
    return escape(plain(text))


_NAMES, _BARS, _ROW, _AXIS = 190.0, 800.0, 22.0, 24.0
_TICKS = 8
_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600)


@frozen
class _Scale:
    """Positions on the timeline, from seconds since the start of the build."""

    seconds: float

    def x(self, seconds: float) -> float:
        return _NAMES + _BARS * min(max(seconds / self.seconds, 0.0), 1.0)


def timeline(build: LastBuild) -> str:
    """Return the timeline as SVG; empty if no worker ran a job."""
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
        title = escape(plain(f"{job.source} ({job.job_type}), {duration(job.seconds)}"))
        yield (
            f'<rect class="{job.outcome}" x="{start:.1f}" y="{y + 2:g}" '
            f'width="{width:.1f}" height="{_ROW - 6:g}"><title>{title}</title></rect>'
        )
