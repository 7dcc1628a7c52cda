from pathlib import Path

import pytest
from clm import UsageError
from clm.builds import Audience, BuildOutput, CourseInfo, FinishedBuild

from clm_plugin_mirror.copying import publish, published


def build(folder: Path, *, ok: bool = True, **texts: str) -> FinishedBuild:
    """A build with these outputs; those whose names begin with `speaker` are not public."""

    def output(name: str) -> BuildOutput:
        (folder / name).write_text(texts[name])
        audience = Audience("en", "completed", "html", public=not name.startswith("speaker"))
        return BuildOutput(
            folder, name, texts[name], True, "a", "", "", "", "", "week", "", audience
        )

    info = CourseInfo({"en": "Course"}, ("en",), "python", "", {}, folder, folder, ())
    return FinishedBuild(
        info,
        folder,
        (),
        ok=ok,
        complete=True,
        problems=(),
        outputs=lambda: tuple(map(output, texts)),
    )


def test_students_files_copied(tmp_path: Path) -> None:
    assert publish(build(tmp_path, a="1", speaker="2"), "web") == ["a"]
    assert (tmp_path / "web" / "a").read_text() == "1"
    assert not (tmp_path / "web" / "speaker").exists()


def test_only_changes_copied(tmp_path: Path) -> None:
    publish(build(tmp_path, a="1", b="1", c="1"), "web")
    assert publish(build(tmp_path, a="1", b="2"), "web") == ["b", "c"]
    assert published(tmp_path / "web") == {"a": "1", "b": "2"}
    assert not (tmp_path / "web" / "c").exists()


@pytest.mark.parametrize(("folder", "ok"), [("", True), ("web", False)])
def test_refused_before_anything_is_copied(tmp_path: Path, folder: str, ok: bool) -> None:
    with pytest.raises(UsageError):
        publish(build(tmp_path, ok=ok, a="1"), folder)
    assert not (tmp_path / "web").exists()
