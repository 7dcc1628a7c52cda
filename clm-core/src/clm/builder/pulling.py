"""Fetching of a course's results from the shared cache, without building."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import define, field

from clm import event_loop
from clm.backends.paths import ClmPaths
from clm.builder.digests import FileDigests
from clm.builder.options import BuildOptions
from clm.builder.planning.planner import plan_build
from clm.builder.running.submission import JobPreparer
from clm.builder.running.waves import in_waves, key_of
from clm.builder.sessions.session import load_course
from clm.builder.trust.local_plugins import load_for_build
from clm.database.cache.opening import open_cache
from clm.database.cache.results import ResultsCache
from clm.errors import ClmError, Diagnostic
from clm.jobs.request import JobRequest
from clm.stores.opening import LazySharedCache, opened_shared_cache
from clm.stores.shared import Wanted


@define
class Pulled:
    """How many of a course's jobs had their results in the local cache before, how many results
    were fetched, how many are in neither cache; and the warnings of the shared cache."""

    present: int = 0
    fetched: int = 0
    missing: int = 0
    warnings: list[Diagnostic] = field(factory=list)


def pull_results(options: BuildOptions) -> Pulled:
    """Fetches the results that a build of the course would need; writes no outputs.

    Raises:
        SpecError, UsageError: the spec or the shared cache's settings are wrong.
        DatabaseError: the results cache cannot be used.
    """
    plugins = load_for_build(options)
    course = load_course(options, plugins)
    paths = ClmPaths.of(options.spec_path, options.db_path)
    paths.create()
    plan = plan_build(course, plugins, FileDigests(), options.filter)
    pulled = Pulled()
    with open_cache(paths.cache_db) as cache, opened_shared_cache(plugins, cache) as shared:
        if shared is not None:
            event_loop.run(_pull(plan.jobs, JobPreparer(plugins), cache, shared, pulled))
            pulled.warnings += shared.take_warnings()
    return pulled


async def _pull(
    jobs: Sequence[JobRequest],
    preparer: JobPreparer,
    cache: ResultsCache,
    shared: LazySharedCache,
    pulled: Pulled,
) -> None:
    for wave in in_waves(jobs):
        wanted: dict[str, Wanted] = {}  # by request id
        for request in wave:
            try:
                key = key_of(preparer.submittable(request))
            except ClmError:
                key = None  # a build reports the error
            if key is not None:
                outputs = tuple(output.name for output in request.outputs)
                wanted[request.id] = Wanted(key, request.job_type, outputs)
        preparer.announce(wave)
        results = cache.check_cache_many([item.key for item in wanted.values()])
        pulled.present += sum(item.key in results for item in wanted.values())
        others = [item for item in wanted.values() if item.key not in results]
        found = await shared.fetch(others, cache) if others else {}
        pulled.fetched += len(found)
        results |= found
        known = {i: results[item.key] for i, item in wanted.items() if item.key in results}
        preparer.results |= known
        pulled.missing += len(wave) - len(known)
