"""Settings of plugins, from the spec and from the environment."""

from __future__ import annotations

import attrs
import pytest

from clm.errors import SettingsError

SETTINGS = """
    from enum import Enum
    from pathlib import PurePosixPath
    import attrs
    from clm import hookimpl

    class Mode(Enum):
        FAST = "fast"
        SAFE = "safe"

    def help(text, default, **more):
        return attrs.field(default=default, metadata={"help": text}, **more)

    @attrs.frozen
    class Settings:
        cell_timeout: int = help("seconds a cell may take", 60, validator=attrs.validators.ge(1))
        factor: float = help("a factor", 1.0)
        warm: bool = help("keep it warm", True)
        theme: str = help("the theme", "light")
        mode: Mode = help("how", Mode.SAFE)
        tags: tuple[str, ...] = help("tags", ())
        limit: int | None = help("a limit", None)
        folder: PurePosixPath = help("a folder", PurePosixPath("."))

    @hookimpl
    def clm_settings():
        return Settings
    """


@pytest.fixture
def settings(site):
    def structured(values=None, environ=None):
        registry = site.load()
        return registry.settings("my-plugin", values or {}, environ or {})

    site.install("my-plugin", SETTINGS)
    return structured


def test_defaults_without_values(settings):
    assert attrs.asdict(settings())["cell_timeout"] == 60


@pytest.mark.parametrize("key", ["cell-timeout", "cell_timeout"])
def test_keys_accept_hyphens_or_underscores(settings, key):
    assert settings({key: 5}).cell_timeout == 5


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"cell-timeout": "5"}, r"plugins\.my-plugin\.cell-timeout: .* is not a whole number"),
        ({"cell-timeout": True}, r"plugins\.my-plugin\.cell-timeout: .* is not a whole number"),
        ({"warm": "false"}, "plugins.my-plugin.warm"),
        ({"theme": None}, "plugins.my-plugin.theme"),
        ({"tags": "abc"}, "is not a list"),
        ({"mode": "slow"}, "plugins.my-plugin.mode"),
        ({"cell-timeout": 0}, "must be >= 1"),
    ],
)
def test_invalid_value_rejected_with_place(settings, values, problem):
    with pytest.raises(SettingsError, match=problem):
        settings(values)


def test_unknown_key_suggests_nearest(settings):
    with pytest.raises(SettingsError, match=r"no setting 'cell-timout'.*'cell-timeout'"):
        settings({"cell-timout": 5})


def test_key_in_both_spellings_rejected(settings):
    with pytest.raises(SettingsError, match="twice"):
        settings({"cell-timeout": 5, "cell_timeout": 6})


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("cell_timeout", "7", 7),
        ("factor", "2.5", 2.5),
        ("warm", "no", False),
        ("warm", "TRUE", True),
        ("theme", "5", "5"),
        ("tags", "a, b", ("a", "b")),
        ("tags", "", ()),
        ("limit", "3", 3),
        ("limit", "", None),
    ],
)
def test_variables_converted_to_field_type(settings, field, text, value):
    environ = {f"CLM_MY_PLUGIN_{field.upper()}": text}
    assert getattr(settings(environ=environ), field) == value


def test_enums_and_paths_converted(settings):
    found = settings({"mode": "fast"}, {"CLM_MY_PLUGIN_FOLDER": "a/b"})
    assert (found.mode.value, str(found.folder)) == ("fast", "a/b")


def test_variable_overrides_spec(settings):
    found = settings({"cell-timeout": 5}, {"CLM_MY_PLUGIN_CELL_TIMEOUT": "7"})
    assert found.cell_timeout == 7


@pytest.mark.parametrize(("field", "text"), [("CELL_TIMEOUT", "long"), ("WARM", "maybe")])
def test_unconvertible_variable_named(settings, field, text):
    with pytest.raises(SettingsError, match=f"CLM_MY_PLUGIN_{field}.*'{text}'"):
        settings(environ={f"CLM_MY_PLUGIN_{field}": text})


def test_uninstalled_plugin_settings_rejected(site):
    site.install("one", "")
    with pytest.raises(SettingsError, match="did you mean 'one'"):
        site.load().settings("oen", {}, {})


def test_values_without_settings_class_rejected(site):
    site.install("one", "")
    assert site.load().settings("one", {}, {}) is None
    with pytest.raises(SettingsError, match="has no settings"):
        site.load().settings("one", {"size": 1}, {})


def test_broken_plugin_has_no_settings(site):
    site.install("one", "1 / 0")
    assert site.load().settings("one", {"size": 1}, {}) is None


def test_validator_message_without_attribute(settings):
    with pytest.raises(SettingsError) as caught:
        settings({"cell-timeout": 0})
    assert str(caught.value).endswith(
        "plugins.my-plugin.cell-timeout: must be >= 1: 0 (allowed: a whole number, at least 1)"
    )


def test_choice_error_lists_values(site):
    site.install("my-plugin", SETTINGS.replace("ge(1)", "in_((60, 90))"))
    with pytest.raises(SettingsError) as caught:
        site.load().settings("my-plugin", {"cell-timeout": 1}, {})
    assert str(caught.value).endswith("must be in (60, 90) (got 1) (allowed: 60, 90)")


def test_unexpected_validator_error_reported(site):
    site.install(
        "my-plugin", SETTINGS.replace("attrs.validators.ge(1)", "lambda *a: 1 / (a[2] - 1)")
    )
    with pytest.raises(SettingsError) as caught:
        site.load().settings("my-plugin", {"cell-timeout": 1}, {})
    message = str(caught.value)
    assert "plugins.my-plugin.cell-timeout: ZeroDivisionError: division by zero" in message


@pytest.mark.parametrize(
    ("values", "environ", "message"),
    [
        (
            {"mode": "saef"},
            {},
            'plugins.my-plugin.mode: "saef" is not a valid Mode '
            "(allowed: fast, safe; did you mean 'safe'?)",
        ),
        ({"warm": "on"}, {}, 'plugins.my-plugin.warm: "on" is not true or false'),
        ({"theme": None}, {}, "plugins.my-plugin.theme: null is not a text (allowed: a text)"),
        ({"limit": "x"}, {}, "(allowed: a whole number or null)"),
        ({"tags": 3}, {}, "plugins.my-plugin.tags: 3 is not a list (allowed: a list)"),
        ({}, {"CLM_MY_PLUGIN_MODE": "x"}, 'environment variable CLM_MY_PLUGIN_MODE: "x" is not'),
        ({"mode": "fast"}, {"CLM_MY_PLUGIN_MODE": "x"}, "environment variable CLM_MY_PLUGIN_MODE"),
        ({}, {"CLM_MY_PLUGIN_CELL_TIMEOUT": "0"}, "CLM_MY_PLUGIN_CELL_TIMEOUT: must be >= 1: 0"),
        (
            {},
            {"CLM_MY_PLUGIN_CELL_TIMEOUT": "soon"},
            "CLM_MY_PLUGIN_CELL_TIMEOUT: invalid integer: 'soon' "
            "(allowed: a whole number, at least 1)",
        ),
        (
            {"warm": 3, "cell-timeout": 0},
            {},
            "plugins.my-plugin.cell-timeout: must be >= 1: 0; "
            "plugins.my-plugin.warm: 3 is not true or false",
        ),
    ],
)
def test_fault_in_words_of_spec(settings, values, environ, message):
    with pytest.raises(SettingsError) as caught:
        settings(values, environ)
    assert message in str(caught.value)
