"""Hooks that plugins offer to other plugins: their results, and the job types that use them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from attrs import evolve

from clm.errors import PluginError
from clm.jobs.hook_result import HookResult
from clm.jobs.job_type import JobType
from clm.plugins.attribution import attributed
from clm.plugins.discovery import FoundPlugin
from clm.plugins.loading import Offer, guarded, load_seconds
from clm.plugins.sources import sources_digest
from clm.plugins.time_limit import time_limit

Offers = Mapping[FoundPlugin, Offer]


def extended(offers: Offers) -> tuple[Offers, Mapping[FoundPlugin, PluginError]]:
    """The offers, with the job types of plugins whose own hooks are implemented by others.

    The second result are the errors of plugins that failed: an error in such an implementation is
    that of its plugin, which has no results then.
    """
    changed, errors = dict(offers), dict[FoundPlugin, PluginError]()
    for host, offer in offers.items():
        if offer.own_hooks is None:
            continue
        try:
            results = _results(host, offer, offers, errors)
            if results:
                changed[host] = _extended(host, offer, results)
        except PluginError as error:
            errors[host] = error
    return changed, errors


def _results(
    host: FoundPlugin, offer: Offer, offers: Offers, errors: dict[FoundPlugin, PluginError]
) -> Sequence[HookResult]:
    results: list[HookResult] = []
    for found, other in offers.items():
        if found != host and other.hooks.implements_hooks_of(host.name):
            try:
                results += _of_plugin(found, other, host, offer)
            except PluginError as error:
                errors[found] = error
    return results


def _of_plugin(
    found: FoundPlugin, other: Offer, host: FoundPlugin, offer: Offer
) -> Iterable[HookResult]:
    own_hooks = offer.own_hooks
    assert own_hooks is not None

    def call() -> list[HookResult]:
        with time_limit(load_seconds()):
            return [
                HookResult(
                    hook,
                    value,
                    found.name,
                    found.label,
                    found.distribution,
                    found.version,
                    partial(sources_digest, found),
                )
                for hook, value in other.hooks.results_of(host.name, own_hooks)
            ]

    return guarded(found, f"its hooks for the plugin {host.name!r} failed", call)


def _extended(host: FoundPlugin, offer: Offer, results: Sequence[HookResult]) -> Offer:
    def extend(job_type: JobType) -> JobType:
        if job_type.extend is None:
            return job_type
        made = job_type.extend(job_type, results)
        if not isinstance(made, JobType):
            raise TypeError(f"extend returned {made!r}, not a JobType")
        return attributed(host, made)

    def call() -> Offer:
        with time_limit(load_seconds()):
            job_types = tuple(map(extend, offer.job_types))
            return evolve(offer, job_types=job_types, hook_results=tuple(results))

    return guarded(host, "its job types cannot use the hooks of other plugins", call)
