from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from clm import ConversionError, Job, TransientJobError

from clm_plugin_fractal.plugin import FractalPayload
from clm_plugin_fractal.worker import FractalWorker

ENDLESS = 100_000  # pixels


def convert(
    folder: Path,
    text: str = "-0.5 0 3",
    *,
    pixels: int = 8,
    time_limit: float = 60.0,
    is_cancelled: Callable[[], bool] = lambda: False,
    progress: Callable[[float | None, str], None] = lambda fraction, text: None,
) -> bytes:
    (folder / "a.fractal").write_text(text, encoding="utf-8")
    job = Job(folder, "t/a.fractal", ("png",), "id", is_cancelled, progress=progress)
    payload = FractalPayload("a.fractal", pixels, time_limit)
    path = FractalWorker().convert(payload, job).outputs["png"]
    assert isinstance(path, Path)
    return (folder / path).read_bytes()


def test_picture_is_computed(tmp_path: Path) -> None:
    assert convert(tmp_path).startswith(b"\x89PNG")


def test_same_numbers_give_same_bytes(tmp_path: Path) -> None:
    assert convert(tmp_path) == convert(tmp_path)


def test_progress_rises_to_end(tmp_path: Path) -> None:
    reported: list[float | None] = []
    convert(tmp_path, progress=lambda fraction, text: reported.append(fraction))
    assert reported == [n / 8 for n in range(1, 9)]


def test_program_error_is_conversion_error(tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match="expected three numbers") as caught:
        convert(tmp_path, "one two")
    assert str(caught.value.place) == "t/a.fractal"


def test_cancelled_job_ends_program(tmp_path: Path) -> None:
    reported: list[float | None] = []
    with pytest.raises(TransientJobError, match="cancelled"):
        convert(
            tmp_path,
            pixels=ENDLESS,
            is_cancelled=lambda: bool(psutil.Process().children()),
            progress=lambda fraction, text: reported.append(fraction),
        )
    assert psutil.Process().children() == []


def test_time_limit_ends_program(tmp_path: Path) -> None:
    with pytest.raises(ConversionError, match="takes too long") as caught:
        convert(tmp_path, pixels=ENDLESS, time_limit=0.5)
    assert caught.value.hint is not None
    assert psutil.Process().children() == []
