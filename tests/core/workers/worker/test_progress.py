"""Progress reports as activity for the hang detection."""

from __future__ import annotations

from pathlib import Path

from clm.database.queue.registry import WorkerStatistics
from clm.workers.worker.heartbeat import Heartbeat


def test_progress_resets_idle_time(tmp_path: Path) -> None:
    heartbeat = Heartbeat(
        tmp_path / "jobs.db", "worker", lambda: WorkerStatistics(0, 0, 0.0), lambda job: None
    )
    heartbeat.hang_detector.seconds = 100.0
    heartbeat.report_progress(0.5, "half")
    heartbeat.stop()
    assert heartbeat.hang_detector.seconds == 0.0
