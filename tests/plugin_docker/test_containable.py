"""Job types that cannot run in a container."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve
from deck_plans import DECK, DRAWING
from registries import registry_of

from clm.errors import UsageError
from clm.workers.api import ExecutorContext
from clm_plugin_docker.engine import ContainerError
from clm_plugin_docker.executor import DockerWorkerExecutor
from clm_plugin_docker.images import chosen

OUTSIDE = evolve(DRAWING, containable=False)


def test_job_type_that_cannot_be_contained_refused(tmp_path: Path):
    context = ExecutorContext(registry_of(DECK, OUTSIDE), "", tmp_path)
    with pytest.raises(ContainerError, match="'drawing' cannot run in a container") as caught:
        DockerWorkerExecutor(context).identity("drawing")
    assert "--executor TYPE=docker" in (caught.value.hint or "")


def test_image_made_for_other_job_types_of_plugin():
    assert [plugin.name for plugin in chosen(registry_of(DECK, OUTSIDE), ["deck"])] == ["test"]


def test_no_image_of_plugin_that_cannot_be_contained():
    assert chosen(registry_of(OUTSIDE), []) == []
    with pytest.raises(UsageError, match="no plugin 'test'"):
        chosen(registry_of(OUTSIDE), ["test"])
