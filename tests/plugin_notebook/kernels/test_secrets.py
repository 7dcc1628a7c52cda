"""Results that look like secrets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any

import pytest

from clm import Diagnostic, Severity, Variant
from clm_plugin_notebook.decks.cells import Cell
from clm_plugin_notebook.kernels.results import CellRun
from clm_plugin_notebook.kernels.secrets import secrets_in

# Put together here, so that no scanner of repositories finds one.
B36 = "aB3" * 12
SECRETS = {
    "AWS": "AKIA" + "Q3ZK7RTN5MWLP2VX",
    "GitHub": "ghp_" + B36,
    "GitHub, new": "github_pat_" + "11ABCDE2Y0" + "k7" * 30,
    "GitLab": "glpat-" + "k7Qz_3" * 4,
    "Slack": "xoxb-" + "123456789012-" * 2 + "aBcDeF",
    "OpenAI": "sk-" + "proj-" + "k7Qz3" * 10,
    "Anthropic": "sk-" + "ant-api03-" + "k7Qz3" * 10,
    "Google": "AIza" + "k7Qz3" * 7,
    "Hugging Face": "hf_" + "k7Qz3" * 7,
    "JWT": "eyJ" + "hbGciOiJIUzI1NiJ9." + "eyJ" + "zdWIiOiIxMjM0In0." + "k7Qz3" * 8,
    "PEM": "-----BEGIN " + "RSA PRIVATE KEY-----",
    "password": "postgresql://ada:" + "k7Qz3!pw@db.example.org/x",
}
INNOCENT = (
    "AKIAIOSFODNN7EXAMPLE",
    "sk-" + "your-key-here-" + "x" * 40,
    "https://example.org:8080/a@b",
    "postgresql://user:password@localhost/db",
    "task-" + "a" * 40,
    "-----BEGIN CERTIFICATE-----",
    "-----BEGIN PUBLIC KEY-----",
    "base64 " + "QUtJQVEzWks3UlRONU1XTFAyVlg" + "AKIAQ3ZK7RTN5MWLP2VXabc=",
    "ssh-rsa AAAAB3NzaC1yc2E",
    "sha256:" + "0123456789abcdef" * 4,
    "a commit 0123456789abcdef0123456789abcdef01234567",
)


def cell() -> Cell:
    return Cell(type="code", source="print()", number=1)


def found(text: str, **environ: str) -> list[Diagnostic]:
    run = CellRun(({"output_type": "stream", "name": "stdout", "text": text},), 1)
    return list(secrets_in([cell()], [run], lambda cell, line: None, environ))


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_token_found_and_not_shown(secret: str) -> None:
    (warning,) = found(f"one\ntwo {secret} three\n")
    assert warning.severity is Severity.WARNING
    assert "line 2 of the output" in warning.message
    assert secret[8:] not in str(warning)


@pytest.mark.parametrize("text", INNOCENT)
def test_innocent_text_not_warned(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize("name", ["MY_TOKEN", "db_password", "AWS_SECRET", "OPENAI_API_KEY"])
def test_value_of_secret_variable_found(name: str) -> None:
    (warning,) = found("it is tangerine-7", **{name: "tangerine-7"})
    assert f"the value of the variable {name}" in warning.message
    assert "tangerine" not in str(warning)


@pytest.mark.parametrize(
    "output",
    [
        {"output_type": "display_data", "data": {"text/html": f"<b>{SECRETS['AWS']}</b>"}},
        {"output_type": "execute_result", "data": {"text/plain": SECRETS["AWS"]}},
        {"output_type": "error", "traceback": [SECRETS["AWS"]], "evalue": "", "ename": "E"},
    ],
    ids=["html", "result", "error"],
)
def test_all_outputs_looked_through(output: dict[str, Any]) -> None:
    (warning,) = secrets_in([cell()], [CellRun((output,), 1)], lambda cell, line: None, {})
    assert "an access key of AWS" in warning.message


def test_pictures_not_looked_through() -> None:
    output = {"output_type": "display_data", "data": {"image/png": SECRETS["AWS"]}}
    assert list(secrets_in([cell()], [CellRun((output,), 1)], lambda cell, line: None, {})) == []


@pytest.mark.integration
def test_warning_names_deck_and_cell(
    topics: Callable[[], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLASS_TOKEN", "tangerine-7")
    monkeypatch.setenv("CLM_PASS_ENVIRONMENT", "CLASS_TOKEN")
    topic = topics().only(Variant("en", "completed", "html", PurePosixPath("html"), True))
    result = topic.convert("\n# %%\nx = 1\n\n# %%\nprint('tangerine' + '-7')\n")
    (warning,) = result.diagnostics
    assert str(warning.place) == "slides/slides_deck.py:5 (cell 2)"
    assert "tangerine" not in str(warning)
