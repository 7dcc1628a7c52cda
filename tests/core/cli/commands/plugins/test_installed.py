"""`clm plugins info`, `list --timing` and `clm config show` in separate processes."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from textwrap import dedent

import pytest
from clm_program import run_clm

PLUGIN = """
    import attrs
    import click
    from clm import (
        BackendType, Check, CheckResult, ExecutorType, Format, JobType, OwnHooks, ResultStoreType,
        Starter, StarterFiles, hookimpl, hookspec,
    )

    clm_api_version = 1

    @attrs.frozen
    class Payload:
        text: str = ""

    @attrs.frozen
    class Settings:
        page_size: int = attrs.field(default=3, metadata={"help": "pictures on a page"})
        names: tuple[str, ...] = attrs.field(
            default=("a",), metadata={"help": "names of what is drawn"}
        )

    @hookimpl
    def clm_job_types():
        return [JobType(
            name="thing", patterns=("*.thing",), payload=Payload, plan=lambda source, context: (),
            worker="nowhere:Converter", fingerprint=lambda: "1", formats=(Format("page", "Page"),),
        ), JobType(
            name="list", patterns=("*.item", "*.thing2"), payload=Payload, worker="nowhere:Lister",
            fingerprint=lambda: "1", plan_section=lambda sources, context: (),
        ), JobType(
            name="book", patterns=(), payload=Payload, worker="nowhere:Binder",
            fingerprint=lambda: "1", formats=(Format("book", "Book"),),
            derives="page", plan_derived=lambda derived, context: (),
        )]

    @hookimpl
    def clm_settings():
        return Settings

    @hookimpl
    def clm_checks():
        return [Check("tool", lambda: CheckResult(True, "there"))]

    @hookimpl
    def clm_commands(cli):
        cli.add_command(click.Command("shine"))

    @hookimpl
    def clm_executors():
        return [ExecutorType("moon", "workers on the moon", "nowhere:start")]

    @hookimpl
    def clm_result_stores():
        return [ResultStoreType("shelf", "keeps them", ("shelf",), "nowhere:open")]

    @hookimpl
    def clm_starters():
        make = lambda request: StarterFiles({})
        return [Starter("talk", make, is_deck=True, prog_langs=("python",)), Starter("map", make)]

    @hookimpl
    def clm_build_finished(build, settings): ...

    @hookspec
    def clm_mine_colours(): ...

    @hookimpl
    def clm_own_hooks():
        return OwnHooks(__name__, f"{__name__}:check", names=f"{__name__}:names")

    def check(hook, value): ...

    def names(hook, value):
        return [("colour", name) for name in value]
    """
GUEST = """
    from clm import hookimpl

    @hookimpl
    def clm_mine_colours():
        return ["red", "blue"]
    """


@pytest.fixture
def site(tmp_path: Path, plain_environment: None) -> Path:
    (tmp_path / "mine_module.py").write_text(dedent(PLUGIN), encoding="utf-8")
    info = tmp_path / "mine-1.5.dist-info"
    info.mkdir()
    metadata = "Metadata-Version: 2.1\nName: mine\nVersion: 1.5\nSummary: Draws things\n"
    (info / "METADATA").write_text(metadata)
    (info / "entry_points.txt").write_text("[clm.plugins]\nmine = mine_module\n")
    return tmp_path


def clm(site: Path, *arguments: object, **environ: str) -> subprocess.CompletedProcess[str]:
    environ = {"CLM_LOAD_PLUGINS": "mine", "PYTHONPATH": str(site), **environ}
    return run_clm(*arguments, **environ)


def settings(done: subprocess.CompletedProcess[str]) -> dict[str, tuple[str, str]]:
    shown = json.loads(done.stdout)["settings"]
    return {item["setting"]: (item["value"], item["origin"]) for item in shown}


def test_info_shows_whole_offer(site: Path) -> None:
    done = clm(site, "plugins", "info", "mine")
    assert done.returncode == 0, done.stderr
    for line in (
        "mine (ok)",
        "mine 1.5",
        "Draws things",
        "job type: thing, from *.thing\n",
        "job type: list, from all *.item *.thing2 of a section together\n",
        "job type: book, from the format page of another job type\n",
        "formats: page",
        "checks:   tool",
        "commands: shine",
        "page-size: int = 3",
        "pictures on a page",
        'names: tuple[str, ...] = ["a"]',
        "executor: moon: workers on the moon",
        "store:    shelf, for shelf: keeps them",
        "starters: deck talk (python), map",
        "hooks:    clm_build_finished",
        "offers:   clm_mine_colours",
    ):
        assert line in done.stdout


def test_info_as_json(site: Path) -> None:
    info = json.loads(clm(site, "plugins", "info", "mine", "--json").stdout)
    assert info["version"] == 1
    assert info["distribution_version"] == "1.5"
    assert info["settings"][0]["variable"] == "CLM_MINE_PAGE_SIZE"
    origins = {t["name"]: (t["planned_from"], t["derives"]) for t in info["job_types"]}
    assert origins["book"] == (["derived"], "page")
    assert origins["list"] == (["section"], None)
    assert origins["thing"] == (["source"], None)
    assert [starter["name"] for starter in info["starters"]] == ["talk", "map"]
    assert info["executors"] == {"moon": "workers on the moon"}
    assert info["result_stores"]["shelf"]["schemes"] == ["shelf"]
    assert (info["hooks"], info["own_hooks"]) == (["clm_build_finished"], ["clm_mine_colours"])


@pytest.fixture
def guest(site: Path) -> dict[str, str]:
    """Install a plugin that implements hooks of the other; the environment that loads both."""
    (site / "guest_module.py").write_text(dedent(GUEST), encoding="utf-8")
    info = site / "guest-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: guest\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[clm.plugins]\nguest = guest_module\n")
    return {"CLM_LOAD_PLUGINS": "mine,guest"}


def test_info_lists_additions(site: Path, guest: dict[str, str]) -> None:
    done = clm(site, "plugins", "info", "guest", **guest)
    assert done.returncode == 0, done.stderr
    assert "  for mine:\n    colour: red, blue\n" in done.stdout
    data = json.loads(clm(site, "plugins", "info", "guest", "--json", **guest).stdout)
    assert data["additions"][1] == {"plugin": "mine", "what": "colour", "name": "blue"}


def test_info_without_names_lists_hooks(site: Path, guest: dict[str, str]) -> None:
    module = site / "mine_module.py"
    source = module.read_text(encoding="utf-8").replace(', names=f"{__name__}:names"', "")
    module.write_text(source, encoding="utf-8")
    done = clm(site, "plugins", "info", "guest", **guest)
    assert "    hook: clm_mine_colours\n" in done.stdout


def test_info_blames_failing_names(site: Path, guest: dict[str, str]) -> None:
    module = site / "mine_module.py"
    source = module.read_text(encoding="utf-8")
    module.write_text(source.replace('return [("colour"', '1 / 0; return [("colour"'))
    done = clm(site, "plugins", "info", "guest", **guest)
    assert done.returncode == 1
    assert "plugin 'mine' of mine 1.5: clm_mine_colours: it cannot list" in done.stderr


def test_info_suggests_nearest_plugin(site: Path) -> None:
    done = clm(site, "plugins", "info", "mein")
    assert done.returncode == 2
    assert "did you mean 'mine'?" in done.stderr


def test_info_explains_broken_plugin(site: Path) -> None:
    (site / "mine_module.py").write_text("1 / 0")
    done = clm(site, "plugins", "info", "mine")
    assert done.returncode == 1
    assert "mine (broken)" in done.stdout
    assert "ZeroDivisionError" in done.stderr


def test_info_reports_failed_commands(site: Path) -> None:
    module = site / "mine_module.py"
    source = module.read_text(encoding="utf-8")
    module.write_text(source.replace('cli.add_command(click.Command("shine"))', "1 / 0"))
    done = clm(site, "plugins", "info", "mine")
    assert done.returncode == 1
    assert "job type: thing" in done.stdout
    assert "plugin 'mine' of mine 1.5: its commands cannot be added: ZeroDivision" in done.stderr


def test_timing_lists_slowest_first(site: Path) -> None:
    done = clm(site, "plugins", "list", "--timing")
    heading, *rows = (line.split() for line in done.stdout.splitlines())
    times = [float(row[3]) for row in rows]
    assert heading[-3:] == ["LOAD", "MS", "MODULES"]
    assert times == sorted(times, reverse=True)
    assert {"mine", "sqlite"} <= {row[0] for row in rows}


def test_config_shows_value_origins(site: Path, tmp_path: Path) -> None:
    spec = tmp_path / "course.yaml"
    spec.write_text(
        "name: {de: Kurs, en: Course}\nprog-lang: python\n"
        "plugins: {mine: {page_size: 7, names: [b]}}\n"
        "sections: [{name: {de: Eins, en: One}, topics: [intro]}]\n"
    )
    done = clm(site, "config", "show", spec, "--json", CLM_MINE_NAMES="c,d")
    assert done.returncode == 0, done.stderr
    shown = settings(done)
    assert shown["plugins.mine.page-size"] == ("7", str(spec))
    assert shown["plugins.mine.names"] == ('["c", "d"]', "environment: CLM_MINE_NAMES")
    assert shown["CLM_LOAD_PLUGINS"] == ("mine", "environment: CLM_LOAD_PLUGINS")


def test_config_without_spec_shows_defaults(site: Path) -> None:
    shown = settings(clm(site, "config", "show", "--json"))
    assert shown["plugins.mine.page-size"] == ("3", "default")


def test_config_origins_only_on_request(site: Path) -> None:
    assert "default" not in clm(site, "config", "show").stdout
    assert "default" in clm(site, "config", "show", "--origin").stdout


def test_config_refuses_wrong_value(site: Path) -> None:
    done = clm(site, "config", "show", CLM_MINE_PAGE_SIZE="many")
    assert done.returncode != 0
    assert "CLM_MINE_PAGE_SIZE" in done.stderr
    assert "Traceback" not in done.stderr
