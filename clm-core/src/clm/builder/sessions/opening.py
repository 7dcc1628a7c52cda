"""Opening of build sessions: their folder, databases, caches and backend."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from clm.backends.backend import BackendContext
from clm.backends.dry_run import DryRunBackend
from clm.backends.paths import ClmPaths
from clm.builder.options import BuildOptions, usable_cores
from clm.builder.output.record import OutputsRecord, open_record
from clm.builder.sessions.session import BuildSession
from clm.course.syntax.reader import load_spec
from clm.database.cache.opening import open_cache
from clm.database.cache.results import ResultsCache
from clm.database.sqlite.patient import Interruption
from clm.errors import OutputError, SpecError
from clm.event_loop import event_loop
from clm.machine_faults import refuse_few_open_files
from clm.plugins import PluginRegistry
from clm.plugins.remembered import with_remembered_claims
from clm.workers.folders import sweep_work_folders
from clm.workers.import_string import load

if TYPE_CHECKING:
    from clm.stores.opening import LazySharedCache


@asynccontextmanager
async def open_session(
    options: BuildOptions, plugins: PluginRegistry, *, keep_workers: bool = False
) -> AsyncIterator[BuildSession]:
    """Opens a session with its databases and backend; its workers end with it.

    With `keep_workers`, idle workers are kept for the next build.

    Raises:
        UnknownBackendError, OutputError, DatabaseError: the session cannot be opened.
        ClmError: the system lets the process open too few files.
    """
    chosen = plugins.backend(options.backend)
    # A backend that runs jobs may create files when it is opened.
    factory = load(chosen.factory, plugin=chosen.name)
    if options.dry_run:
        factory = partial(DryRunBackend, factory)
    paths = ClmPaths.of(options.spec_path, options.db_path)
    refuse_few_open_files()
    if not options.dry_run:
        is_new = not paths.folder.exists()
        _prepare_folder(paths, recreate=options.force_db_init)
        if is_new:
            with suppress(SpecError):  # which whoever loads the course reports
                load_spec(options.spec_path, paths.spec_tree)  # keeps the tree
    plugins = with_remembered_claims(plugins, paths.claims, write=not options.dry_run)
    interruption = Interruption()
    async with AsyncExitStack() as stack:
        stack.enter_context(interruption.ended())
        record, cache = _databases(paths, stack, read_only=options.dry_run)
        # Results of a stranger's course must not reach other courses.
        unshared = options.dry_run or options.untrusted
        shared = None if unshared else _open_shared(plugins, cache, stack)
        session = BuildSession(options, plugins, record, cache, shared)
        context = _context(options, plugins, paths, session, keep_workers)
        if not (options.dry_run or getattr(factory, "starts_event_loop", False)):
            await event_loop()
        session.backend = await stack.enter_async_context(factory(context))
        with interruption.noticed():
            yield session


def _open_shared(
    plugins: PluginRegistry, cache: ResultsCache, stack: AsyncExitStack
) -> LazySharedCache | None:
    if not os.environ.get("CLM_SHARED_CACHE"):
        return None
    from clm.stores.opening import opened_shared_cache  # few builds have one

    return stack.enter_context(opened_shared_cache(plugins, cache))


def _context(
    options: BuildOptions,
    plugins: PluginRegistry,
    paths: ClmPaths,
    session: BuildSession,
    keep_workers: bool,
) -> BackendContext:
    return BackendContext(
        plugins=plugins,
        paths=paths,
        observer=session,
        jobs=options.jobs or usable_cores(),
        use_cache=not options.ignore_db,
        poll_interval=options.poll_interval,
        stall_limit=options.stall_limit,
        lease_seconds=options.lease_seconds,
        log_level=options.log_level,
        keep_workers=keep_workers,
        options=options.backend_options,
        executors=lambda: session.executors,
        settings=partial(_settings, options, plugins),
    )


def _settings(options: BuildOptions, plugins: PluginRegistry, plugin: str) -> Any:
    return plugins.settings(plugin, load_spec(options.spec_path).plugins.get(plugin, {}))


def _databases(
    paths: ClmPaths, stack: AsyncExitStack, *, read_only: bool
) -> tuple[OutputsRecord, ResultsCache]:
    open_outputs = OutputsRecord.copy_of if read_only else open_record
    open_results = ResultsCache.for_reading if read_only else open_cache
    record = stack.enter_context(open_outputs(paths.outputs_db))
    return record, stack.enter_context(open_results(paths.cache_db))


def _prepare_folder(paths: ClmPaths, *, recreate: bool) -> None:
    try:
        paths.create()
    except OSError as error:
        raise OutputError(
            f"cannot create the folder {paths.folder} for CLM's files: {error.strerror}",
            hint="make its parent folder writable",
        ) from error
    sweep_work_folders(paths.work)
    if recreate:
        from clm.backends.admin import remove_databases  # needs the queue, which most builds do not

        remove_databases(paths)
