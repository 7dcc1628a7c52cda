"""Contract tests for plugins with job types, on the plugin's own samples."""

from __future__ import annotations

import inspect
import json
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

import pytest
from attrs import evolve

from clm.errors import PayloadError
from clm.jobs.envelope import dump_payload, load_payload
from clm.jobs.job_type import JobType
from clm.jobs.key import digest_bytes
from clm.plugins import PluginRegistry, PluginStatus
from clm.plugins.time_limit import TookTooLongError, time_limit
from clm.registration import CheckResult
from clm.testing.beginnings import build_beginning
from clm.testing.conduct_contract import ConductContract
from clm.testing.conversions import Conversion, Converter
from clm.testing.course_project import CourseProject, messages
from clm.testing.faults import Fault, Faults
from clm.testing.installing import load_only
from clm.testing.light_import import modules_imported_by_planning
from clm.testing.payloads import UPDATE_VARIABLE, GoldenPayloads
from clm.testing.queued import ends_by_workers
from clm.testing.samples import BadSample, Sample


class PluginContract(ConductContract):
    """Subclass it as `TestContract`, name the plugin, and give samples.

    Attributes:
        plugin: name of the plugin's entry point.
        job_type: job type to test; by default the one named like the plugin.
        needs: other plugins whose outputs the plugin uses.
        samples: courses that are converted without an error.
        bad_samples: courses with an author's mistake.
        heavy: modules that only workers may import; a package name includes its submodules.
        slow: a sample whose conversion takes long unless it is cancelled; also for the time limit
            of jobs, which CLM keeps by ending the conversion.
        cancel_after: seconds until the conversion of `slow` is cancelled, or ended.
        endless: a sample whose conversion ends only by a time limit; its settings should set a
            short one.
        commands: lines of the plugin's commands with an option `--json`, such as
            `(("publish", "--dry-run"),)`; they are run in the built course of the first sample.
        payloads: folder of the golden payloads; by default `payloads` beside the test module.
        seconds: time in which a cancelled job, or one with a time limit, must end.
    """

    plugin: ClassVar[str]
    job_type: ClassVar[str] = ""
    needs: ClassVar[Sequence[str]] = ()
    samples: ClassVar[Sequence[Sample]] = ()
    bad_samples: ClassVar[Sequence[BadSample]] = ()
    heavy: ClassVar[Sequence[str]] = ()
    slow: ClassVar[Sample | None] = None
    endless: ClassVar[Sample | None] = None
    payloads: ClassVar[Path | None] = None
    cancel_after: ClassVar[float] = 0.5
    seconds: ClassVar[float] = 30.0

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        given: dict[str, Sequence[Any]] = {"sample": self.samples, "bad_sample": self.bad_samples}
        for name, values in given.items():
            if name in metafunc.fixturenames:
                metafunc.parametrize(name, values, ids=[str(value) for value in values])

    # -- registration ---------------------------------------------------------------------------

    def test_entry_point_resolves(self, clm_converter: Converter) -> None:
        plugin = clm_converter.plugins.plugin(self.plugin)
        assert plugin is not None, f"no installed distribution provides the plugin {self.plugin!r}"
        assert plugin.status is PluginStatus.OK, plugin.problem
        assert self._name in plugin.job_types

    def test_names_unique_among_plugins(self) -> None:
        problems = [p for p in PluginRegistry.load().problems if p.plugin == self.plugin]
        assert [str(problem) for problem in problems] == []

    def test_sample_planned_by_job_type(self, clm_converter: Converter, sample: Sample) -> None:
        plan = clm_converter.plan(sample, self._name)
        assert [message for source in plan.failed for message in source.diagnostics] == []
        assert any(request.job_type == self._name for request in plan.jobs)

    def test_planning_imports_nothing_heavy(
        self, course_project: Callable[..., CourseProject], clm_converter: Converter
    ) -> None:
        project = self._project(course_project, self._first)
        imported = modules_imported_by_planning(project.spec)
        worker = self._type(clm_converter).worker.partition(":")[0]
        heavy = [m for m in imported for name in (worker, *self.heavy) if _is_part(m, name)]
        assert heavy == []

    def test_checks_report_with_remedy(self, clm_converter: Converter) -> None:
        for plugin, check in clm_converter.plugins.checks():
            if plugin.name == self.plugin:
                result = check.result(clm_converter.plugins.settings(plugin.name, {}))
                assert isinstance(result, CheckResult), check.name
                assert result.message, check.name
                assert result.ok or result.remedy, f"{check.name}: the failed check has no remedy"

    def test_starters_build_without_warnings(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        load_only(monkeypatch, [self.plugin, *self.needs])
        monkeypatch.delenv("CLM_DB_PATH", raising=False)
        report = build_beginning(tmp_path / "course", self.plugin)
        assert report is None or (report.ok, messages(report)) == (True, "")

    # -- payloads -------------------------------------------------------------------------------

    def test_payload_round_trip(self, clm_converter: Converter, sample: Sample) -> None:
        job_type = self._type(clm_converter)
        for payload in self._planned(clm_converter, sample):
            assert load_payload(job_type, dump_payload(job_type, payload)) == payload

    def test_unknown_payload_key_rejected(self, clm_converter: Converter, sample: Sample) -> None:
        job_type = self._type(clm_converter)
        for payload in self._planned(clm_converter, sample):
            envelope = json.loads(dump_payload(job_type, payload))
            envelope["payload"]["unknown key"] = 1
            with pytest.raises(PayloadError, match="unknown key"):
                load_payload(job_type, json.dumps(envelope))

    def test_payloads_of_all_versions_read(self, clm_converter: Converter) -> None:
        golden = self._golden(clm_converter)
        missing = [golden.path(v).name for v in golden.versions() if not golden.path(v).exists()]
        assert missing == [], (
            f"golden payloads missing in {golden.folder}; run the tests with {UPDATE_VARIABLE}=1 "
            "to write that of the current version, and commit it"
        )
        for version in golden.versions():
            golden.read(version)

    def test_changed_payload_needs_new_version(self, clm_converter: Converter) -> None:
        golden = self._golden(clm_converter)
        version = golden.job_type.payload_version
        again = json.loads(dump_payload(golden.job_type, golden.read(version)))
        assert again == golden.envelope(version), (
            "the payload has changed without a new version: increase `payload_version` and add a "
            f"migration from {version}; if version {version} is unreleased, delete "
            f"{golden.path(version).name} instead; then run the tests with {UPDATE_VARIABLE}=1"
        )

    # -- conversions ----------------------------------------------------------------------------

    def test_sample_is_converted(self, clm_converter: Converter, sample: Sample) -> None:
        assert all(any(outputs.values()) for outputs in self._initial_bytes(clm_converter, sample))

    def test_mistake_attributed_to_author(
        self, clm_converter: Converter, bad_sample: BadSample
    ) -> None:
        conversions = clm_converter.convert(bad_sample, self._name)
        failed = [conversion for conversion in conversions if not conversion.ok]
        assert failed, "the bad sample was converted without an error"
        for conversion in failed:
            assert conversion.is_authors_mistake, conversion.said() or repr(conversion.error)
            assert conversion.outputs == {}
        message = "\n".join(conversion.said() for conversion in failed)
        assert re.search(bad_sample.message, message)
        places = [d.place for conversion in failed for d in conversion.diagnostics]
        lines = [place.line for place in places if place is not None]
        assert bad_sample.line is None or bad_sample.line in lines, message

    def test_source_without_utf8_is_authors_mistake(self, clm_converter: Converter) -> None:
        claims = self._type(clm_converter).claims
        for name, content in self._first.files.items():
            if isinstance(content, str) and claims(PurePosixPath(name.partition("/")[2])):
                damaged = content.encode() + b"\xe9\n"
                sample = evolve(self._first, files={**self._first.files, name: damaged})
                for conversion in clm_converter.convert(sample, self._name):
                    assert conversion.ok or conversion.is_authors_mistake, (
                        f"{name} with the byte 0xe9: {conversion.said()}; read text with "
                        'encoding="utf-8", and let its error pass'
                    )

    def test_mistake_leaves_later_conversions_unchanged(self, clm_converter: Converter) -> None:
        before = self._initial_bytes(clm_converter, self._first)
        for bad_sample in self.bad_samples:
            clm_converter.convert(bad_sample, self._name)
        assert self._bytes(clm_converter, self._first) == before

    def test_same_input_gives_same_bytes(self, clm_converter: Converter, sample: Sample) -> None:
        initial = self._initial_bytes(clm_converter, sample)
        assert self._bytes(clm_converter, sample) == initial

    def test_cancelled_job_ends_without_result(self, clm_converter: Converter) -> None:
        cancelled = threading.Event()
        timer = threading.Timer(self.cancel_after if self.slow else 0.0, cancelled.set)
        worker = clm_converter.worker(self._name)
        worker.on_start = timer.start if self.slow else cancelled.set
        try:
            with time_limit(self.seconds):
                conversions = clm_converter.convert(
                    self.slow or self._first, self._name, is_cancelled=cancelled.is_set
                )
        finally:
            worker.on_start = _nothing
            timer.cancel()
        assert [conversion.outputs for conversion in conversions if conversion.ok] == []
        self._converted(clm_converter, self._first)

    def test_time_limit_is_kept(self, clm_converter: Converter) -> None:
        if self.endless is None:
            pytest.skip("the contract has no `endless` sample")
        with time_limit(self.seconds):
            conversions = clm_converter.convert(self.endless, self._name)
        for conversion in conversions:
            assert conversion.is_authors_mistake, conversion.said() or repr(conversion.error)
        self._converted(clm_converter, self._first)

    def test_overdue_job_is_ended(self, clm_converter: Converter) -> None:
        if self.slow is None:
            pytest.skip("the contract has no `slow` sample")
        worker = clm_converter.worker(self._name)
        worker.around = lambda: time_limit(self.cancel_after)
        try:
            with time_limit(self.seconds), pytest.raises(TookTooLongError):
                clm_converter.convert(self.slow, self._name)
                pytest.fail("the converter went on after its time limit: it catches everything")
        finally:
            clm_converter.discard(self._name)
        self._converted(clm_converter, self._first)

    def test_killed_worker_is_survived(
        self,
        clm_converter: Converter,
        inject_faults: Callable[..., Faults],
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
    ) -> None:
        before = self._initial_bytes(clm_converter, self._first)
        load_only(monkeypatch, [self.plugin, *self.needs])
        faults = inject_faults(self._name, Fault.CRASH_AFTER)
        jobs = clm_converter.plan(self._first, self._name).jobs
        ends = ends_by_workers(jobs, PluginRegistry.load(), tmp_path / ".clm")
        own_ends = [ends[job.id] for job in jobs if job.job_type == self._name]
        for end in own_ends:
            assert end.result is not None, [str(message) for message in end.diagnostics]
        digests = [dict(end.result.outputs) for end in own_ends if end.result]
        assert digests == [_digests(outputs) for outputs in before]
        assert faults.conversions > 1, "no conversion was killed"

    # -- helpers --------------------------------------------------------------------------------

    @property
    def _name(self) -> str:
        return self.job_type or self.plugin

    @property
    def _first(self) -> Sample:
        assert self.samples, "the contract needs a sample"
        return self.samples[0]

    def _type(self, converter: Converter) -> JobType:
        return converter.plugins.job_type(self._name)

    def _project(self, make: Callable[..., CourseProject], sample: Sample) -> CourseProject:
        settings = {self.plugin: sample.settings} if sample.settings else {}
        plugins = [self.plugin, *self.needs]
        return make(sample.files, settings=settings, more_spec=sample.more_spec, plugins=plugins)

    def _planned(self, converter: Converter, sample: Sample) -> list[Any]:
        jobs = converter.plan(sample, self._name).jobs
        payloads = [request.payload for request in jobs if request.job_type == self._name]
        assert payloads, "the sample has no jobs"
        return payloads

    def _converted(self, converter: Converter, sample: Sample) -> list[Conversion]:
        conversions = converter.convert(sample, self._name)
        assert conversions, "the sample has no jobs"
        for conversion in conversions:
            assert conversion.ok, conversion.said()
        return conversions

    def _bytes(self, converter: Converter, sample: Sample) -> list[dict[str, bytes]]:
        return [dict(conversion.outputs) for conversion in self._converted(converter, sample)]

    def _initial_bytes(self, converter: Converter, sample: Sample) -> list[dict[str, bytes]]:
        number = list(self.samples).index(sample)
        if number not in converter.initial_bytes:
            converter.initial_bytes[number] = self._bytes(converter, sample)
        return converter.initial_bytes[number]

    def _golden(self, converter: Converter) -> GoldenPayloads:
        folder = self.payloads or Path(inspect.getfile(type(self))).parent / "payloads"
        golden = GoldenPayloads(folder, self._type(converter))
        golden.update(self._planned(converter, self._first)[0])
        return golden


def _is_part(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def _digests(outputs: Mapping[str, bytes]) -> dict[str, str]:
    return {name: digest_bytes(data) for name, data in outputs.items()}


def _nothing() -> None:
    """Ignore the start of a conversion."""
