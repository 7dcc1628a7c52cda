"""`clm schema`: JSON Schema of course specs, for editors."""

from __future__ import annotations

import json
from pathlib import Path

import click

from clm.builder.planning.planner import all_formats
from clm.cli.groups import load_plugins
from clm.cli.options import common_options, file_options, write_text
from clm.course.syntax.schema import Schema, course_schema
from clm.plugins import LoadedPlugin, PluginStatus
from clm.plugins.schema import settings_schema


@click.command("schema")
@file_options(output="Write to this file.  [default: stdout]")
@common_options
def schema(output: Path | None, force: bool) -> None:
    """Print the JSON Schema of course specs.

    It includes the settings of the installed plugins. Editors use it if the first line of
    course.yaml is `# yaml-language-server: $schema=FILE`.
    """
    registry = load_plugins()
    settings = {plugin.name: _settings(plugin) for plugin in registry.plugins}
    formats = [item.name for item in all_formats(registry.job_types.values())]
    kinds = [kind for job_type in registry.job_types.values() for kind in job_type.kinds]
    text = json.dumps(course_schema(settings, formats, kinds), indent=2, ensure_ascii=False)
    if output is None:
        click.echo(text)
    else:
        write_text(output, text + "\n", force=force)


def _settings(plugin: LoadedPlugin) -> Schema:
    if plugin.status is not PluginStatus.OK or plugin.offer is None:
        return {"type": "object", "description": "the plugin cannot be loaded"}
    declared = plugin.offer.settings
    if declared is None:
        return {"type": "object", "additionalProperties": False}
    return settings_schema(declared)
