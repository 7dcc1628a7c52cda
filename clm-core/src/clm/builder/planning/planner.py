"""Planning of a whole course."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from attrs import evolve

from clm.builder.digests import FileDigests
from clm.builder.options import BuildFilter
from clm.builder.plan import BuildPlan, Copy, FailedSource, TopicVariants
from clm.builder.planning.copies.checks import (
    files_with_private_content,
    private_files,
    unconverted_files,
)
from clm.builder.planning.copies.withholding import Withholding
from clm.builder.planning.derived_formats import orphans
from clm.builder.planning.destinations import Destinations
from clm.builder.planning.group_copies import dir_group_copies
from clm.builder.planning.links.link_targets import CourseLinks, Outputs, Resolved
from clm.builder.planning.links.linked_sources import LinkedSources
from clm.builder.planning.plugins.configuration import ConfiguredJobTypes
from clm.builder.planning.plugins.request_checks import RequestRules
from clm.builder.planning.plugins.settings import default_problems, settings_of
from clm.builder.planning.sections import plan_shared
from clm.builder.planning.selection import Selection, with_unfiltered_jobs
from clm.builder.planning.topics.topic_plan import Planning, TopicPlan
from clm.builder.planning.topics.topic_plans import TopicPlans
from clm.builder.planning.without_output import without_output
from clm.course.course import Course, CourseFile, Section
from clm.course.output_tree import check_formats, output_variants
from clm.course.spec import CourseSpec
from clm.errors import PLUGIN_FAULT, Diagnostic, Place, Severity, SpecError
from clm.hints import listing, nearest
from clm.jobs.job_type import JobType
from clm.jobs.planning import Format, Variant
from clm.jobs.request import FileInput, JobRequest
from clm.plugins import PluginRegistry, PluginStatus
from clm.plugins.discovery import BLOCK_VARIABLE
from clm.plugins.time_limit import call_seconds, limited_calls


def plan_build(
    course: Course,
    plugins: PluginRegistry,
    digests: FileDigests,
    wanted: BuildFilter | None = None,
    topic_plans: TopicPlans | None = None,
) -> BuildPlan:
    """The plan for the course, or for the part of it that the filter selects.

    With the `topic_plans` of an earlier plan, for the same plugins and filter, only topics that
    have changed are planned again.

    Raises:
        SpecError: a template of the course cannot be read.
        SettingsError: the spec's settings of a plugin are invalid.
        UsageError: the filter names something that the course does not have.
    """
    with limited_calls(call_seconds()):
        return _plan_build(course, plugins, digests, wanted or BuildFilter(), topic_plans)


def _plan_build(
    course: Course,
    plugins: PluginRegistry,
    digests: FileDigests,
    wanted: BuildFilter,
    topic_plans: TopicPlans | None,
) -> BuildPlan:
    selection = select(course, plugins, wanted)
    topic_plans = topic_plans or TopicPlans()
    if not wanted.is_of_audiences:
        plan, _ = _plan(course, plugins, digests, selection, topic_plans)
        return plan
    everything = select(course, plugins, BuildFilter(only=wanted.only))
    whole, links = _plan(course, plugins, digests, everything, TopicPlans())
    plan, _ = _plan(course, plugins, digests, selection, topic_plans, links)
    return with_unfiltered_jobs(plan, whole)


def _plan(
    course: Course,
    plugins: PluginRegistry,
    digests: FileDigests,
    selection: Selection,
    topic_plans: TopicPlans,
    links: CourseLinks | None = None,
) -> tuple[BuildPlan, CourseLinks | None]:
    """The plan, and the links of the whole course, if these are not given."""
    planning = planning_of(course, plugins, digests, selection)
    topic_plans.begin(planning)
    by_section = [(s, _plan_section(planning, s, topic_plans)) for s in course.sections]
    plans = [plan for _, of_section in by_section for plan in of_section]
    withheld = [path for plan in plans for path in plan.withheld]
    problems = [*course.left_out, *_plugin_problems(planning, withheld)]
    problems += missing_plugins(course, plugins)
    if not any(plan.sources for plan in plans) and not (planning.withhold or planning.knows_decks):
        return _nothing_to_convert(course, problems), links
    problems += default_problems(course, plugins)
    problems += [problem for plan in plans for problem in plan.problems]
    problems += orphans(planning.job_types)
    if not (selection.filter.is_of_audiences or course.spec.has_kinds_of_topics):
        made, labels = [plan.made for plan in plans], planning.rules.plugins
        problems += without_output(made, planning.job_types, labels)
    problems += unconverted_files([p for plan in plans for p in plan.unconverted], plugins)
    problems += private_files([p for plan in plans for p in plan.kept_private])
    private_content = [p for plan in plans for p in plan.private_content]
    copies = [copy for plan in plans for copy in plan.copies]
    destinations = Destinations(
        course.data_dir, {jt.name for jt in planning.job_types if not jt.numbered}
    )
    variants = tuple((s.id, plan.variants) for s, of_s in by_section for plan in of_s)
    jobs, failed, sources_of = _claimed_jobs(planning, plugins, plans, variants, destinations)
    dir_groups = dir_group_copies(planning, problems, private_content)
    problems += files_with_private_content(private_content)
    groups = selection.of_course(dir_groups)
    copies = destinations.claim_copies([*copies, *groups])
    shared = destinations.claim_shared(jobs)
    problems += destinations.problems
    links = links or _links(planning, plans, jobs, copies, certain=not failed)
    topic_plans.links, topic_plans.disputed = links, destinations.disputed
    resolved = Resolved.of(jobs, planning.job_types, planning.rules, links)
    failed += resolved.failed
    problems += resolved.problems
    certain = not failed and not planning.withhold
    complete = certain and not any(p.severity is Severity.ERROR for p in problems)
    generated = tuple(item for plan in plans for item in plan.generated.values())
    plan = BuildPlan(
        jobs=tuple(resolved.jobs),
        copies=tuple(copies),
        failed=tuple(failed),
        problems=tuple(problems),
        complete=complete,
        generated=generated,
        sources_of=sources_of,
        contested=tuple(destinations.contested),
        variants=variants,
        shared=tuple(shared),
    )
    return selection.part_of(plan, course), links


def _claimed_jobs(
    planning: Planning,
    plugins: PluginRegistry,
    plans: Sequence[TopicPlan],
    variants: Sequence[TopicVariants],
    destinations: Destinations,
) -> tuple[list[JobRequest], list[FailedSource], dict[str, tuple[str, ...]]]:
    """All jobs with the destinations that they get, what cannot be planned, and shared sources."""
    failed = [source for plan in plans for source in plan.failed]
    jobs, duplicates = _without_duplicates(by_stage(plans, plugins), planning.rules)
    failed += duplicates
    jobs = destinations.claim_jobs(jobs)
    of_course = TopicPlan()
    if any(job_type.plan_course for job_type in planning.job_types):
        from clm.builder.planning.course_jobs import PlannedCourse  # most courses have no such job

        of_course = PlannedCourse(planning, plans, jobs, failed, variants).plan()
        everything, duplicates = _without_duplicates([*jobs, *of_course.jobs], planning.rules)
        failed += [*of_course.failed, *duplicates]
        jobs += destinations.claim_jobs(everything[len(jobs) :])
    sources_of = (plan.sources_of.items() for plan in (*plans, of_course))
    return jobs, failed, {job: paths for items in sources_of for job, paths in items}


def _links(
    planning: Planning,
    plans: Sequence[TopicPlan],
    jobs: Sequence[JobRequest],
    copies: Sequence[Copy],
    *,
    certain: bool,
) -> CourseLinks:
    sources = LinkedSources(
        planning.course.spec.languages,
        variants={v.directory: v for plan in plans for v in plan.variants},
        alternatives={f.name: f.links_to for f in all_formats(planning.job_types)},
        is_source=lambda path: any(jt.claims(path) for jt in planning.job_types),
    )
    has_links = any(job.links for job in jobs)
    if has_links:  # the following takes time for a large course
        sources.add_jobs(jobs)
        for topic, file, numbered in (linked for plan in plans for linked in plan.linked):
            sources.add(topic, file, numbered=numbered)
    derived = {key: places for plan in plans for key, places in plan.derived.items()}
    return CourseLinks(Outputs(jobs, copies), sources, certain, derived, has_links)


def select(course: Course, plugins: PluginRegistry, wanted: BuildFilter) -> Selection:
    """The part of the course that the filter selects.

    Raises:
        UsageError: the filter names something that the course does not have.
    """
    formats = [item.name for item in all_formats(plugins.job_types.values())]
    return Selection.of(course, wanted, formats)


def _nothing_to_convert(course: Course, problems: Iterable[Diagnostic]) -> BuildPlan:
    # Decks that are copied unchanged would show everyone the speaker's notes.
    message = Diagnostic(
        "no installed plugin converts any file of the course; nothing was written",
        place=Place(str(course.spec.path)),
        hint="install the plugin for its files; `clm plugins list` lists the installed ones",
    )
    return BuildPlan((), (), problems=(*problems, message), complete=False)


def by_stage(plans: Iterable[TopicPlan], plugins: PluginRegistry) -> list[JobRequest]:
    """The jobs of the plans, each after those that it needs."""

    def stage(job: JobRequest) -> float:
        job_type = plugins.job_types[job.job_type]
        return math.inf if job_type.derives else job_type.stage  # after all jobs that it may need

    return sorted((job for plan in plans for job in plan.jobs), key=stage)


def _without_duplicates(
    jobs: Iterable[JobRequest], rules: RequestRules
) -> tuple[list[JobRequest], list[FailedSource]]:
    by_id: dict[str, JobRequest] = {}
    failed = []
    for job in jobs:
        first = by_id.setdefault(job.id, job)
        if first is not job:
            message = f"duplicate job id {job.id!r}, already used by {first.source}"
            message = f"{rules.plugins[job.job_type]}: {message}"
            diagnostic = Diagnostic(message, hint=PLUGIN_FAULT)
            failed.append(FailedSource.of(job.job_type, job.source, [diagnostic]))
    return list(by_id.values()), failed


def check_offered(spec: CourseSpec, job_types: Iterable[JobType]) -> None:
    """Check that the job types offer each format and kind in the spec.

    Raises:
        SpecError: with those that none offers.
    """
    offering = tuple(job_types)
    kinds = (kind for job_type in offering for kind in job_type.kinds)
    check_formats(spec, [item.name for item in all_formats(offering)], kinds)


def all_formats(job_types: Iterable[JobType]) -> tuple[Format, ...]:
    """The formats that the job types offer, each name once."""
    by_name: dict[str, Format] = {}
    for job_type in job_types:
        for item in job_type.formats:
            by_name.setdefault(item.name, item)
    return tuple(by_name.values())


def planning_of(
    course: Course, plugins: PluginRegistry, digests: FileDigests, selection: Selection
) -> Planning:
    """The common data for planning the topics of the course; raises as `plan_build`."""
    known: dict[str, str] = {}

    def digest(file: CourseFile) -> str:
        # A plan asks several times, also while the file is being changed.
        if file.course_path not in known:
            known[file.course_path] = _digest(file, digests)
        return known[file.course_path]

    settings = {jt.name: _settings(course, plugins, jt) for jt in plugins.job_types.values()}
    configured = ConfiguredJobTypes.of(plugins, settings)
    return Planning(
        course=course,
        job_types=configured.job_types,
        variants=_variants(course, selection),
        settings=lambda job_type: settings[job_type.name],
        digest=digest,
        templates=tuple(
            FileInput(str(f.topic_path), f.path, digest(f)) for f in course.templates()
        ),
        theme_files=tuple(
            FileInput(str(f.topic_path), f.path, digest(f)) for f in course.found_theme.files
        ),
        withhold=Withholding.of(plugins, course, configured.faults),
        faults=(*plugins.problems, *configured.faults),
        page_links=configured.page_links,
        rules=RequestRules.of(
            course.spec,
            {name: plugins.plugin_of(name).found.label for name in plugins.job_types},
        ),
    )


def _digest(file: CourseFile, digests: FileDigests) -> str:
    try:
        return digests.digest(file.path)
    except OSError as error:
        message = f"the file cannot be read: {error.strerror}"
        raise SpecError([Diagnostic(message, place=Place(file.course_path))]) from error


def _variants(
    course: Course, selection: Selection
) -> Callable[[Section, Iterable[JobType], str], tuple[Variant, ...]]:
    known: dict[tuple[int, str, tuple[str, ...]], tuple[Variant, ...]] = {}

    def variants(
        section: Section, job_types: Iterable[JobType], prog_lang: str
    ) -> tuple[Variant, ...]:
        offering = tuple(job_types)
        key = (section.index, prog_lang, tuple(jt.name for jt in offering))
        if key not in known:
            formats = all_formats(offering)
            all_variants = output_variants(course.spec, section, formats, prog_lang)
            known[key] = tuple(v for v in all_variants if selection.has_variant(v))
        return known[key]

    return variants


def _settings(course: Course, plugins: PluginRegistry, job_type: JobType) -> object:
    return settings_of(course, plugins, plugins.plugin_of(job_type.name).name)


def _plan_section(planning: Planning, section: Section, topic_plans: TopicPlans) -> list[TopicPlan]:
    plans = []
    number = 1
    for topic in section.topics:
        plan = topic_plans.plan(planning, section, topic, number)
        number += plan.numbered
        plans.append(plan)
    return [*plans, plan_shared(planning, section, plans)]


def _plugin_problems(planning: Planning, withheld: Sequence[str]) -> list[Diagnostic]:
    """The problems of plugins: errors if the course needs the plugin or may need it."""
    spec = planning.course.spec
    asked_for = {*spec.requires, *spec.plugins}
    problems = []
    for error in planning.faults:
        needed = withheld or error.plugin in asked_for
        severity = Severity.ERROR if needed else Severity.WARNING
        problems += [evolve(diagnostic, severity=severity) for diagnostic in error.diagnostics]
    if withheld:
        message = (
            f"these files may be sources of {planning.withhold.cause}, and are not copied: "
            f"{listing(withheld, 5)}"
        )
        hint = (
            "make the plugin usable; if the files are for students, "
            f"name it in {BLOCK_VARIABLE}, and not in the course spec"
        )
        problems.append(Diagnostic(message, hint=hint))
    return problems


def missing_plugins(course: Course, plugins: PluginRegistry) -> list[Diagnostic]:
    """A diagnostic for each plugin that the course needs and that is missing or blocked."""
    spec = course.spec
    wanted = {name: spec.place_of("plugins", name) for name in spec.plugins}
    wanted |= {name: spec.place_of("requires", at) for at, name in enumerate(spec.requires)}
    problems = []
    for name, place in sorted(wanted.items()):
        plugin = plugins.plugin(name)
        if plugin is None:
            state, hint = "is not installed", _how_to_get(name, plugins)
        elif plugin.status is PluginStatus.BLOCKED:
            state, hint = "is blocked", "see CLM_BLOCK_PLUGINS and CLM_LOAD_PLUGINS"
        else:
            continue  # loaded, or broken and already reported
        message = f"the course needs the plugin {name!r}, which {state}"
        problems.append(Diagnostic(message, place=place, hint=hint, excerpt=name))
    return problems


def _how_to_get(plugin: str, plugins: PluginRegistry) -> str:
    install = f"pip install clm-plugin-{plugin}"
    near = nearest(plugin, [known.name for known in plugins.plugins], "")
    return f"{near} Otherwise: {install}" if near else install
