"""Checks of PlantUML sources by `clm validate`."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

import pytest

from clm import PlanContext, SourceFile
from clm_plugin_plantuml.validation import check

CONTEXT = PlanContext({}, {}, "t", "python", "", {}, 0, ())


def lines(folder: Path, text: str) -> list[int | None]:
    path = folder / "x.pu"
    path.write_text(text, encoding="utf-8")
    source = SourceFile(path, PurePosixPath("x.pu"), "slides/x.pu", "")
    return [diagnostic.place.line for diagnostic in check(source, CONTEXT) if diagnostic.place]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@startuml\na -> b\n@enduml\n", []),
        ("@startuml\na -> b\n", [1]),
        ("@startuml\n@enduml\n\n@startmindmap\n* a\n", [4]),
        ("@startuml\n@startuml\n@enduml\n", [1]),
        ("' @startuml\n@startuml\n/' @enduml '/\n", [2]),
    ],
)
def test_unterminated_diagram_warned_at_start(
    tmp_path: Path, text: str, expected: list[int]
) -> None:
    assert lines(tmp_path, text) == expected


def test_warning_names_missing_end(tmp_path: Path) -> None:
    path = tmp_path / "x.pu"
    path.write_text("@startmindmap x\n* a\n")
    (warning,) = check(SourceFile(path, PurePosixPath("x.pu"), "x.pu", ""), CONTEXT)
    assert "no @endmindmap" in warning.message


def test_non_utf8_source_not_reported(tmp_path: Path) -> None:
    path = tmp_path / "x.pu"
    path.write_bytes(b"@startuml\n\xff\n")
    assert list(check(SourceFile(path, PurePosixPath("x.pu"), "x.pu", ""), CONTEXT)) == []
