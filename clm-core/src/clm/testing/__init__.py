"""Test kit for plugin authors: `pip install clm[testing]`.

It is a pytest plugin, enabled in `conftest.py` or a test module:

    pytest_plugins = ["clm.testing"]

Fixtures: `course_project` creates courses and builds them, `run_job` and
`run_jobs` run jobs without a queue,
`inject_faults` makes conversions fail. `PluginContract` tests a plugin on samples,
`clm.testing.backends.BackendContract` tests a backend. Strategies for Hypothesis are in
`clm.testing.strategies`.

PYTEST_DONT_REWRITE (there is nothing to rewrite here, and a conftest may import it first)
"""
# ruff: noqa: E402  # the modules must be registered before they are imported

import pytest

pytest.register_assert_rewrite(
    "clm.testing.contract", "clm.testing.conduct_contract", "clm.testing.backends"
)

from clm.testing.contract import PluginContract
from clm.testing.conversions import Conversion
from clm.testing.course_project import CourseProject, messages, outcomes
from clm.testing.faults import Fault, Faults
from clm.testing.fixtures import (
    InjectFaults,
    MakeProject,
    RunJob,
    RunJobs,
    clm_conduct,
    clm_converter,
    clm_surroundings,
    course_project,
    inject_faults,
    run_job,
    run_jobs,
)
from clm.testing.samples import BadSample, Sample

__all__ = [
    "BadSample",
    "Conversion",
    "CourseProject",
    "Fault",
    "Faults",
    "InjectFaults",
    "MakeProject",
    "PluginContract",
    "RunJob",
    "RunJobs",
    "Sample",
    "clm_conduct",
    "clm_converter",
    "clm_surroundings",
    "course_project",
    "inject_faults",
    "messages",
    "outcomes",
    "run_job",
    "run_jobs",
]
