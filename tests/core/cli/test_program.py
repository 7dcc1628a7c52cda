"""The program in a separate process, with plugins in a separate folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any

import click
import pytest
from clm_program import run_clm
from one_file_plugin import install_plugin

from clm.cli.groups import LazyGroup
from clm.cli.main import cli

pytestmark = pytest.mark.usefixtures("plain_environment")

HEAVY = (
    "rich ruamel lxml sqlite3 cattrs nbconvert nbformat nbclient jupytext jinja2 ipykernel psutil"
)


def run(*arguments: str, path: Path | None = None, **environ: str) -> subprocess.CompletedProcess:
    """Run the program, with additional plugins from the folder `path`."""
    if path:
        before = [os.environ["PYTHONPATH"]] if "PYTHONPATH" in os.environ else []
        environ["PYTHONPATH"] = os.pathsep.join([str(path), *before])
    return run_clm(*arguments, **environ)


@pytest.fixture
def plugin(tmp_path):
    """Install a plugin `mine` with this source, and return its folder."""

    def install(source: str) -> Path:
        install_plugin(tmp_path, "mine", source, distribution="mine", version="1.5")
        return tmp_path

    return install


COMMAND = """
    import click
    from clm import hookimpl

    @click.command("shine")
    def shine():
        "Shine on."
        {does}

    @hookimpl
    def clm_commands(cli):
        cli.add_command(shine)
    """

CHECK = """
    from clm import Check, CheckResult, hookimpl

    @hookimpl
    def clm_checks():
        return [Check("tool", lambda: {result})]
    """


@pytest.mark.parametrize("option", ["--help", "--version"])
def test_help_and_version_import_nothing_heavy(option):
    program = dedent(
        f"""
        import sys
        from clm.cli.main import main
        code = main(["{option}"])
        heavy = [name for name in "{HEAVY}".split() if name in sys.modules]
        workers = [name for name in sys.modules if name.split(".")[-1] == "worker"]
        print(code, heavy, [name for name in workers if name != "clm.jobs.worker"])
        """
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert result.stdout.splitlines()[-1] == "0 [] []", result.stderr


@pytest.mark.parametrize("command", [["--help"], ["plugins", "list"]])
def test_course_nearby_loads_no_builder(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "course.yaml").write_text("name: {de: A, en: A}\nsections: []\n")
    program = (
        "import sys; from clm.cli.main import main; "
        f"main({command}); runner = 'clm.builder.running.runner'; "
        "print([name for name in sys.modules if name == runner])"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path
    )
    assert result.stdout.splitlines()[-1] == "[]", result.stderr


@pytest.mark.parametrize(
    ("command", "unneeded"),
    [
        (["--help"], ["_hashlib", "cattrs", "clm_plugin_plantuml.payload"]),
        (["plugins", "list"], ["_hashlib", "cattrs"]),
    ],
    ids=str,
)
def test_lists_import_no_settings(command: list[str], unneeded: list[str]) -> None:
    program = (
        "import sys; from clm.cli.main import main; "
        f"main({command}); print([name for name in {unneeded} if name in sys.modules])"
    )
    environment = {**os.environ, "CLM_LOAD_PLUGINS": "plantuml"}
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, env=environment
    )
    assert result.stdout.splitlines()[-1] == "[]", result.stderr


def listed_commands(group: LazyGroup, path: str) -> Iterator[Any]:
    """Each command of the tables below a group, with its line of help."""
    for name, (_, text) in group._table.items():
        command = group.get_command(click.Context(group), name)
        yield pytest.param(command, text, id=f"{path} {name}")
        if isinstance(command, LazyGroup):
            yield from listed_commands(command, f"{path} {name}")


@pytest.mark.parametrize(("command", "text"), [*listed_commands(cli, "clm")])
def test_listed_help_matches_docstring(command, text):
    paragraph = " ".join(command.help.partition("\n\n")[0].split())
    assert paragraph == text


def test_module_is_program():
    command = [sys.executable, "-m", "clm", "plugins", "--help"]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    assert ended.stdout == run("plugins", "--help").stdout


def test_version_matches_distribution():
    from importlib.metadata import version

    assert run("--version").stdout == f"clm {version('clm')}\n"


@pytest.mark.parametrize(
    "arguments",
    [["nonsense"], ["--nonsense"], ["--quiet"], ["build", "x", "--jobs", "0"], ["plugins", "x"]],
)
def test_wrong_usage_exits_with_2(arguments):
    result = run(*arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith("error: ")
    assert "--help`" in result.stderr


@pytest.mark.parametrize("arguments", [[], ["plugins"], ["new"], ["workers"]])
def test_command_group_shows_help(arguments):
    alone, asked = run(*arguments), run(*arguments, "--help")

    assert alone.returncode == 0
    assert alone.stderr == ""
    assert alone.stdout == asked.stdout
    assert "Commands:" in alone.stdout


@pytest.mark.parametrize("json_option", [[], ["--json"]])
def test_missing_spec_exits_with_2(tmp_path, json_option):
    result = run("build", str(tmp_path / "course.yaml"), *json_option)
    assert result.returncode == 2
    assert result.stderr.startswith("error: ")
    assert "Traceback" not in result.stderr
    if json_option:
        assert json.loads(result.stdout)["event"] == "error"
    assert list(tmp_path.iterdir()) == []


def test_traceback_shown_on_request(tmp_path):
    result = run("--print-tracebacks", "build", str(tmp_path / "course.yaml"))
    assert "Traceback" in result.stderr


def test_plugins_are_listed_with_status(plugin):
    path = plugin("")
    rows = [line.split() for line in run("plugins", "list", path=path).stdout.splitlines()]
    assert ["mine", "mine", "1.5", "ok"] in [row[:4] for row in rows]


def test_plugins_are_listed_as_json(plugin):
    listed = json.loads(run("plugins", "list", "--json", path=plugin("1 / 0")).stdout)
    (mine,) = (p for p in listed["plugins"] if p["name"] == "mine")
    assert listed["version"] == 1
    assert (mine["distribution"], mine["version"], mine["status"]) == ("mine", "1.5", "broken")
    assert "ZeroDivisionError" in mine["problem"]
    assert "CLM_BLOCK_PLUGINS=mine" in mine["remedy"]
    assert mine["job_types"] == []


def test_plugin_output_not_in_json(plugin):
    result = run("plugins", "list", "--json", path=plugin("print('hello')"))
    assert json.loads(result.stdout)
    assert "hello" in result.stderr


@pytest.mark.parametrize("source", ["1 / 0", "raise SystemExit(5)", "def (", "import not_there"])
def test_list_reports_broken_plugin(plugin, source):
    result = run("plugins", "list", path=plugin(source))
    assert result.returncode == 0
    assert "error: plugin 'mine' of mine 1.5" in result.stderr
    assert "Traceback" not in result.stderr


def test_blocked_plugin_is_listed(plugin):
    result = run("plugins", "list", path=plugin("1 / 0"), CLM_BLOCK_PLUGINS="mine")
    assert "blocked" in result.stdout
    assert result.stderr == ""


def test_check_fails_for_broken_plugin(plugin):
    result = run("plugins", "check", path=plugin("1 / 0"), CLM_LOAD_PLUGINS="mine")
    assert result.returncode == 1
    assert "hint: install a version that works" in result.stderr


@pytest.mark.parametrize(
    ("result", "shown"),
    [
        ("CheckResult(False, 'no tool', 'get one')", "missing  tool: no tool"),
        ("1 / 0", "the check itself failed: ZeroDivisionError"),
        ("None", "the check returned None"),
    ],
)
def test_doctor_fails_for_failed_check(plugin, result, shown):
    done = run("doctor", path=plugin(CHECK.format(result=result)), CLM_LOAD_PLUGINS="mine")
    assert done.returncode == 1
    assert shown in done.stdout


def test_doctor_succeeds_without_optional_tool(plugin):
    result = "CheckResult(False, 'no tool', 'get one', optional=True)"
    done = run("doctor", path=plugin(CHECK.format(result=result)), CLM_LOAD_PLUGINS="mine")
    assert done.returncode == 0
    assert "absent   tool: no tool" in done.stdout and "optional: get one" in done.stdout
    assert done.stdout.endswith("no problems\n")


def test_check_passes_without_problems(plugin):
    source = CHECK.format(result="CheckResult(True, 'tool 3.1')")
    done = run("plugins", "check", path=plugin(source), CLM_LOAD_PLUGINS="mine")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith(" plugin(s): no problems\n")


def test_plugin_command_listed_and_run(plugin):
    path = plugin(COMMAND.format(does="click.echo('shining')"))
    shown = run("--help", path=path, CLM_LOAD_PLUGINS="mine").stdout
    assert ["shine", "Shine", "on."] in [line.split() for line in shown.splitlines()]
    assert run("shine", path=path).stdout == "shining\n"


def test_help_works_with_broken_plugin(plugin):
    assert run("--help", path=plugin("1 / 0")).returncode == 0


@pytest.mark.parametrize(("option", "warned"), [("--help", True), ("--version", False)])
def test_invalid_limit_refuses_no_help(option, warned):
    done = run(option, CLM_PLUGIN_SECONDS="soon")
    assert done.returncode == 0, done.stderr
    assert done.stdout
    assert ("warning: CLM_PLUGIN_SECONDS: invalid" in done.stderr) == warned


def test_bug_in_command_names_plugin(plugin):
    result = run("shine", path=plugin(COMMAND.format(does="1 / 0")))
    assert result.returncode == 1
    message = "plugin 'mine' of mine 1.5: the command 'shine' failed: ZeroDivisionError"
    assert message in result.stderr
    assert "Traceback" in result.stderr and "bug in CLM" not in result.stderr


@pytest.mark.parametrize(
    ("error", "code"), [("UsageError", 2), ("SettingsError", 2), ("DatabaseError", 1)]
)
def test_clm_error_sets_exit_code(plugin, error, code):
    more = ", plugin='mine'" if error == "SettingsError" else ""
    raises = f"from clm import errors; raise errors.{error}('no', hint='go on'{more})"
    result = run("shine", path=plugin(COMMAND.format(does=raises)))
    assert (result.returncode, result.stderr) == (code, "error: no\n    hint: go on\n")


def test_interrupt_exits_with_130(plugin):
    result = run("shine", path=plugin(COMMAND.format(does="raise KeyboardInterrupt")))
    assert result.returncode == 130
    assert "Traceback" not in result.stderr


SHOW_DB_PATH = """
    import click
    from clm import hookimpl
    from clm.cli.options import common_options, pass_settings

    @click.command("shine")
    @common_options
    @pass_settings
    def shine(settings):
        click.echo(str(settings.db_path))

    @hookimpl
    def clm_commands(cli):
        cli.add_command(shine)
    """


@pytest.mark.parametrize(
    ("arguments", "variable", "shown"),
    [
        ("shine", "", "None"),
        ("shine", "e.db", "e.db"),
        ("--db-path 1.db shine", "", "1.db"),
        ("shine --db-path 2.db", "", "2.db"),
        ("--db-path 1.db shine", "e.db", "1.db"),
        ("shine --db-path 2.db", "e.db", "2.db"),
        ("--db-path 1.db shine --db-path 2.db", "e.db", "2.db"),
    ],
)
def test_last_db_path_option_wins(plugin, arguments, variable, shown):
    environ = {"CLM_DB_PATH": variable} if variable else {}
    result = run(*arguments.split(), path=plugin(SHOW_DB_PATH), **environ)
    assert result.stdout == f"{shown}\n", result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["--db-path", "x.db", "plugins", "list"],
        ["plugins", "--db-path", "x.db", "list"],
        ["plugins", "list", "--db-path", "x.db"],
    ],
)
def test_db_path_at_any_level(arguments):
    assert run(*arguments).returncode == 0


def test_unencodable_text_escaped(plugin):
    path = plugin(COMMAND.format(does="click.echo('\u65e5')"))
    result = run("shine", path=path, PYTHONUTF8="0", PYTHONIOENCODING="latin-1:strict")
    assert (result.stdout, result.stderr) == ("\\u65e5\n", "")


def test_spec_defaults_to_current_folder(tmp_path, monkeypatch):
    (tmp_path / "course-specs").mkdir()
    (tmp_path / "course-specs" / "mine.yaml").write_text("nam: x")
    monkeypatch.chdir(tmp_path)
    result = run("build")
    assert result.returncode == 2
    assert "course-specs/mine.yaml:1:1" in result.stderr.replace("\\", "/")


@pytest.mark.parametrize("specs", [[], ["a.yaml", "b.xml"]])
def test_spec_required_unless_unique(tmp_path, monkeypatch, specs):
    (tmp_path / "course-specs").mkdir()
    for name in specs:
        (tmp_path / "course-specs" / name).touch()
    monkeypatch.chdir(tmp_path)
    result = run("build")
    assert result.returncode == 2
    assert "hint: name " in result.stderr


def test_mistyped_command_suggests_nearest():
    result = run("buld")
    assert result.returncode == 2
    assert result.stderr.startswith("error: unknown command 'buld'; did you mean 'build'?")


def test_plugin_is_alias_of_plugins(plugin):
    path = plugin("")
    assert run("plugin", "list", path=path).stdout == run("plugins", "list", path=path).stdout
    assert "  plugin " not in run("--help", path=path).stdout
