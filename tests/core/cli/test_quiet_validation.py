from __future__ import annotations

from clm.cli.main import main


def test_a_quiet_validation_prints_problems_only(tmp_path, capsys):
    spec = tmp_path / "course.yaml"
    spec.write_text("nam: x")
    assert main(["validate", str(spec), "--quiet"]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "error: " in printed.err
