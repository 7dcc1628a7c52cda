"""Explanations of what a build does and why, from the records of earlier builds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from attrs import frozen

from clm.builder.output.contents import shared_key
from clm.builder.output.delivery import Delivery
from clm.builder.output.recorded import RecordedJob
from clm.builder.plan import Copy
from clm.builder.report import Action, Explanation
from clm.hints import shortened
from clm.jobs.queued_inputs import PendingInput
from clm.jobs.request import SharedFile
from clm.jobs.resolved import ResolvedInput
from clm.jobs.submitted import SubmittedJob

_SHOWN = 3  # outputs


@frozen(eq=False, repr=False)
class Explainer:
    """Explains jobs, copies and removals; with `forced`, cached results are ignored."""

    delivery: Delivery
    made_from: Mapping[str, RecordedJob]
    forced: bool = False

    def of_job(self, job: SubmittedJob, key: str | None, action: Action) -> Explanation:
        """Why a job is built, restored or skipped."""
        request = job.request
        return Explanation(
            request.source, action, self._reasons(job, key, action), request.job_type, request.id
        )

    def of_copy(self, copy: Copy | SharedFile) -> Explanation | None:
        """Why a file is copied; None if all its copies are up to date."""
        stale = self.delivery.stale(copy)
        if not stale:
            return None
        if isinstance(copy, Copy):
            name, key = str(copy.file.path), copy.file.digest
        else:
            name, key = str(copy.path), shared_key(copy)
        reasons = self.delivery.why_not_current(stale, key)
        return Explanation(name, Action.COPY, _first(reasons))

    def of_removal(self, path: str) -> Explanation:
        """Why an output is removed."""
        return Explanation(path, Action.REMOVE, ("no longer an output of the course",))

    def _reasons(self, job: SubmittedJob, key: str | None, action: Action) -> tuple[str, ...]:
        if action is Action.SKIP:
            return ()
        if self.forced:
            return ("forced: cached results are ignored",)
        reasons = differences(job, self.made_from.get(job.request.id))
        outputs = job.request.outputs
        places = [str(path) for output in outputs for path in output.destinations]
        if not reasons:
            reasons = self.delivery.why_not_current(places, key)
        if not reasons:
            reasons = self.delivery.why_not_current(self.delivery.files_in_sets(job.request), None)
        return _first(reasons) or (
            "its result is not in the results cache, and other jobs need it",
        )


def _first(reasons: list[str]) -> tuple[str, ...]:
    return tuple(shortened(reasons, _SHOWN))


def differences(job: SubmittedJob, recorded: RecordedJob | None) -> list[str]:
    """The differences between a job and its last run."""
    if recorded is None:
        return ["new: no record of an earlier run"]
    known = [item for item in job.inputs if isinstance(item, ResolvedInput)]
    now = RecordedJob.of(job, known)
    pending = {item.name: item for item in job.inputs if isinstance(item, PendingInput)}
    reasons = [*_changed("file", recorded.inputs, now.inputs, pending)]
    reasons += [f"{item.name} is rebuilt by {item.producer}" for item in pending.values()]
    reasons += _changed("setting", recorded.payload, now.payload, ())
    if recorded.fingerprint != now.fingerprint:
        reasons.append(f"changed tools: {recorded.fingerprint} -> {now.fingerprint}")
    if recorded.outputs != now.outputs:
        reasons.append("changed set of outputs")
    return reasons


def _changed(
    what: str, before: Mapping[str, str], now: Mapping[str, str], unknown: Iterable[str]
) -> Iterator[str]:
    for name in sorted({*before, *now} - set(unknown)):
        if name not in before:
            yield f"new {what} {name}"
        elif name not in now:
            yield f"removed {what} {name}"
        elif before[name] != now[name]:
            yield f"changed {what} {name}"
