"""What `--json` prints: one JSON document, in place of all that a person would be told."""

from __future__ import annotations

import json
from typing import Any

import click

from clm.cli.messages import say

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


def write_json(**fields: Any) -> None:
    """Print one JSON document, of version 1."""
    click.echo(json.dumps({"version": 1, **fields}, indent=2))


def answer(sentence: str, *, as_json: bool, **fields: Any) -> None:
    """Say what was done: in a sentence, or in fields."""
    if as_json:
        write_json(**fields)
    else:
        say(sentence)
