"""Job types of whose sources nothing is made: such a success is none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from attrs import define, field

from clm.errors import PLUGIN_FAULT, Diagnostic, Severity
from clm.hints import shortened
from clm.jobs.job_type import JobType
from clm.jobs.request import JobRequest
from clm.jobs.source import SourceFile


@define(eq=False, repr=False)
class Made:
    """What is made of a topic's sources, by job type.

    `of` are the job types with outputs; `unwanted` the sources of those whose formats the course
    does not want, `planned_nothing` those for which the plugin plans no output.
    """

    of: set[str] = field(factory=set)
    unwanted: dict[str, list[str]] = field(factory=dict)
    planned_nothing: dict[str, list[str]] = field(factory=dict)

    def note(
        self,
        job_type: JobType,
        source: SourceFile,
        requests: Iterable[JobRequest],
        is_wanted: bool,
        has_readers: bool,
    ) -> None:
        """Notes the requests for a source.

        `is_wanted` if the course wants one of the formats of the job type, `has_readers` if it
        wants what is made of this source, too, which may be private or in another language.
        """
        outputs = [output for request in requests for output in request.outputs]
        delivered = any(out.destinations or out.topic_path is not None for out in outputs)
        # Without formats, the outputs may be inputs of other jobs.
        if delivered or job_type.is_shared or (outputs and not job_type.formats):
            self.of.add(job_type.name)
        elif job_type.formats and not is_wanted:
            self.unwanted.setdefault(job_type.name, []).append(source.course_path)
        elif has_readers:
            self.planned_nothing.setdefault(job_type.name, []).append(source.course_path)


def without_output(
    made: Iterable[Made], job_types: Iterable[JobType], labels: Mapping[str, str]
) -> Iterator[Diagnostic]:
    """A warning for each job type that makes nothing of any of its sources in the course."""
    topics = list(made)
    productive = set().union(*(topic.of for topic in topics))
    for job_type in job_types:
        if job_type.name in productive:
            continue
        unwanted = [s for topic in topics for s in topic.unwanted.get(job_type.name, ())]
        nothing = [s for topic in topics for s in topic.planned_nothing.get(job_type.name, ())]
        if not unwanted and not nothing:
            continue
        formats = ", ".join(item.name for item in job_type.formats)
        why, hint = f"the course wants none of its formats ({formats})", _WANT
        if not unwanted:
            why, hint = "it plans no output for them", PLUGIN_FAULT
        yield Diagnostic(
            f"{labels[job_type.name]}: the job type {job_type.name!r} makes nothing of "
            f"{len(unwanted) + len(nothing)} source(s): {why}",
            Severity.WARNING,
            hint=hint,
            excerpt="\n".join(shortened([*unwanted, *nothing])),
        )


_WANT = "name one of them in the `formats` of an output target, or remove the files"
