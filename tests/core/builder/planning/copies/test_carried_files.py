"""Files of a topic that outputs do not need beside them."""

from __future__ import annotations

from pathlib import PurePosixPath

from clm import JobRequest, OutputSpec
from clm.builder.planning.copies.carried_files import carried_files, not_carried, without_carried

HTML, CODE = PurePosixPath("html"), PurePosixPath("code")


def job(*outputs: OutputSpec, **carried: tuple[PurePosixPath, ...]) -> JobRequest:
    files = {f"{name}.png": folders for name, folders in carried.items()}
    return JobRequest("id", "x", None, "source", outputs=outputs, carried=files)


def test_folder_without_need_found() -> None:
    assert carried_files([job(a=(HTML,)), job()]) == {"a.png": frozenset({"html"})}


def test_file_that_another_job_needs_stays() -> None:
    assert not carried_files([job(a=(HTML, CODE)), job(a=())])


def test_only_common_folders_count() -> None:
    assert carried_files([job(a=(HTML, CODE)), job(a=(HTML,))]) == {"a.png": frozenset({"html"})}


def test_copy_left_out_there() -> None:
    places = ("html/img/a.png", "code/img/a.png")
    assert not_carried(places, "img/a.png", frozenset({"html"})) == ("code/img/a.png",)


def test_generated_file_left_out_there() -> None:
    path = PurePosixPath("a.png")
    output = OutputSpec("x", (HTML / "a.png", CODE / "a.png"), topic_path=path)
    page = OutputSpec("y", (HTML / "a.png",))
    (left,) = without_carried([job(output, page)], {"a.png": frozenset({"html"})})
    assert [o.destinations for o in left.outputs] == [(CODE / "a.png",), (HTML / "a.png",)]
