"""Telling what a build is to do and why, from the records of earlier builds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from attrs import frozen

from clm.builder.output.delivery import Delivery
from clm.builder.output.record import RecordedJob
from clm.builder.plan import Copy
from clm.builder.report import Action, Explanation
from clm.hints import shortened
from clm.jobs.queued_inputs import PendingInput
from clm.jobs.resolved import ResolvedInput
from clm.jobs.submitted import SubmittedJob

_SHOWN = 3  # outputs


@frozen(eq=False, repr=False)
class Explainer:
    """Explains jobs, copies and removals; with `forced` known results do not count."""

    delivery: Delivery
    made_from: Mapping[str, RecordedJob]
    forced: bool = False

    def of_job(self, job: SubmittedJob, key: str | None, action: Action) -> Explanation:
        """Why a job is built, restored or skipped."""
        request = job.request
        return Explanation(
            request.source, action, self._reasons(job, key, action), request.job_type, request.id
        )

    def of_copy(self, copy: Copy) -> Explanation | None:
        """Why a file is copied; None where it is in all its places."""
        stale = self.delivery.stale(copy.file, copy.destinations)
        if not stale:
            return None
        said = self.delivery.why_not_current(stale, copy.file.digest)
        return Explanation(str(copy.file.path), Action.COPY, _first(said))

    def of_removal(self, path: str) -> Explanation:
        """Why an output goes."""
        return Explanation(path, Action.REMOVE, ("the course does not ask for it any more",))

    def _reasons(self, job: SubmittedJob, key: str | None, action: Action) -> tuple[str, ...]:
        if action is Action.SKIP:
            return ()
        if self.forced:
            return ("forced: known results are not used",)
        said = differences(job, self.made_from.get(job.request.id))
        places = [path for output in job.request.outputs for path in output.destinations]
        if not said:
            said = self.delivery.why_not_current(places, key)
        return _first(said) or ("its result is not in the results cache, and others need it",)


def _first(said: list[str]) -> tuple[str, ...]:
    return tuple(shortened(said, _SHOWN))


def differences(job: SubmittedJob, recorded: RecordedJob | None) -> list[str]:
    """What of a job is other than when it was done last."""
    if recorded is None:
        return ["new: nothing is known of an earlier result"]
    known = [item for item in job.inputs if isinstance(item, ResolvedInput)]
    now = RecordedJob.of(job, known)
    pending = {item.name: item for item in job.inputs if isinstance(item, PendingInput)}
    said = [*_changed("file", recorded.inputs, now.inputs, pending)]
    said += [f"{item.name} is made anew by {item.producer}" for item in pending.values()]
    said += _changed("setting", recorded.payload, now.payload, ())
    if recorded.fingerprint != now.fingerprint:
        said.append(f"other tools: {recorded.fingerprint} became {now.fingerprint}")
    if recorded.outputs != now.outputs:
        said.append("other outputs are asked for")
    return said


def _changed(
    what: str, before: Mapping[str, str], now: Mapping[str, str], unknown: Iterable[str]
) -> Iterator[str]:
    for name in sorted({*before, *now} - set(unknown)):
        if name not in before:
            yield f"new {what} {name}"
        elif name not in now:
            yield f"{what} {name} is gone"
        elif before[name] != now[name]:
            yield f"changed {what} {name}"
