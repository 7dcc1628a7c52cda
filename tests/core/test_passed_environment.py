"""Environment variables that workers and their tools get."""

from __future__ import annotations

import os

import pytest

from clm.passed_environment import passed_environment, secret_values


@pytest.mark.parametrize(
    "name", ["PATH", "HOME", "LC_ALL", "PYTHONPATH", "JAVA_HOME", "CLM_BROWSER", "SystemRoot"]
)
def test_needed_variable_passed(name: str) -> None:
    assert passed_environment({name: "x"}) == {name: "x"}


@pytest.mark.parametrize(
    "name",
    [
        *("GITHUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "DATABASE_URL", "SSH_AUTH_SOCK", "PGPASSWORD"),
        *("CLM_SHARED_CACHE", "CLM_SHARED_CACHE_TOKEN", "CLM_BROKER", "CLM_PUBLISH_TOKEN"),
        *("JUPYTER_TOKEN", "NODE_AUTH_TOKEN", "npm_config__auth", "R_API_KEY", "OPENAI_API_KEY"),
    ],
)
def test_credential_not_passed(name: str) -> None:
    assert passed_environment({name: "x", "PATH": "p"}) == {"PATH": "p"}


def test_proxy_with_password_not_passed() -> None:
    proxies = {"http_proxy": "http://proxy:8080", "HTTPS_PROXY": "http://ada:secret@proxy:8080"}
    assert passed_environment(proxies) == {"http_proxy": "http://proxy:8080"}


@pytest.mark.parametrize(
    ("added", "passed"),
    [
        ("OPENAI_API_KEY", {"OPENAI_API_KEY"}),
        ("openai_*, other", {"OPENAI_API_KEY", "OTHER"}),
        ("*", {"OPENAI_API_KEY", "OTHER"}),
        ("", set()),
    ],
)
def test_named_variable_passed(added: str, passed: set[str]) -> None:
    environ = {"OPENAI_API_KEY": "k", "OTHER": "o", "CLM_PASS_ENVIRONMENT": added}
    assert passed_environment(environ).keys() - {"CLM_PASS_ENVIRONMENT"} == passed


def test_variable_of_plugin_passed() -> None:
    environ = {"QUIZ_BANK_FILE": "x", "QUIZ_FILE": "y", "QUIZ_BANK_TOKEN": "z"}
    assert passed_environment(environ, plugin="quiz-bank") == {"QUIZ_BANK_FILE": "x"}


def test_own_environment_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLM_TEST_NAME", "x")
    assert passed_environment()["CLM_TEST_NAME"] == "x"
    assert passed_environment().keys() <= os.environ.keys()


@pytest.mark.parametrize("name", ["MY_TOKEN", "db_password", "AWS_SECRET", "OPENAI_API_KEY"])
def test_secret_found_by_name(name: str) -> None:
    assert secret_values({name: "tangerine-7"}) == {"tangerine-7": name}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HOME", "/home/ada-lovelace"),
        ("KEYBOARD", "german-german"),
        ("A_TOKEN", "short-1"),
        ("SSH_AUTH", "/run/user/1000/agent"),
        ("POSTGRES_PASSWORD", "postgres"),
        ("MAX_TOKENS", "1000000000"),
        ("TOKEN_URL", "https://example.net/token"),
        ("API_KEY", "your-api-key"),
    ],
)
def test_usual_text_is_no_secret(name: str, value: str) -> None:
    assert secret_values({name: value}) == {}
