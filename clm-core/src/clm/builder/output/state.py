"""Digest of what the list of a build's outputs depends on, which costs less than the list."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from itertools import chain, islice

from clm import __version__
from clm.builder.output.delivery import Delivery
from clm.builder.plan import BuildPlan, TopicVariants
from clm.course.course import Course
from clm.plugins import PluginRegistry

_TEXTS = 1000


def state_of(course: Course, plan: BuildPlan, delivery: Delivery, plugins: PluginRegistry) -> str:
    """The digest: equal if two builds that wrote nothing have the same outputs.

    Contents count as they are recorded, so it also tells whether another build, which may have
    been killed, has written outputs meanwhile.
    """
    spec, recorded = course.spec, delivery.recorded
    paths = sorted(recorded)
    parts = chain(
        [__version__, str(delivery.root)],
        [repr((spec.languages, spec.output_targets, course.data_dir))],
        (plugin.label for plugin in plugins.plugins),
        _planned(plan),
        _variants(plan.variants),
        paths,
        (recorded[path].digest for path in paths),
    )
    digest = hashlib.sha256()
    # Not in one text, which would be larger than the plan itself.
    while some := list(islice(parts, _TEXTS)):
        digest.update("\n".join([*some, ""]).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _planned(plan: BuildPlan) -> Iterator[str]:
    for job in plan.jobs:
        yield from (job.id, job.job_type, job.source)
        for output in job.outputs:
            yield from (output.name, output.title)
            yield from map(str, output.destinations)
    for copy in plan.copies:
        yield str(copy.file.path)
        yield from copy.destinations
    yield from (str(file.path) for file in plan.shared)


def _variants(topics: Iterable[TopicVariants]) -> Iterator[str]:
    # Topics of a section share their variants; comparing these would take longer.
    for section, variants in {(s, id(v)): (s, v) for s, v in topics}.values():
        yield section
        for variant in variants:
            yield from (str(variant.directory), variant.language, variant.kind, variant.format)
            yield str(variant.public)
