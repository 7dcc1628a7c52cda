"""The command `clm publish`; what it does is imported when it is used."""

from __future__ import annotations

import click

from clm.commands import OpenCourse, course_options, json_option


@click.command("publish")
@click.argument("destination", required=False, default="")
@course_options("publish")
@click.option("--dry-run", is_flag=True, help="Show what would change, and publish nothing.")
@click.option("--force", is_flag=True, help="Replace what others have put or changed there.")
@click.option("--note", default="", metavar="TEXT", help="Write a note to the ledger.")
@json_option
def publish(
    destination: str, course: OpenCourse, dry_run: bool, force: bool, note: str, as_json: bool
) -> None:
    """Build a course and publish it.

    DESTINATION is one of `plugins.publish.destinations` in the spec, by default all of them. Give
    the course's spec after it, if that is not in the current folder.
    """
    from clm_plugin_publish import running  # to list commands, it is not needed

    options = running.Options(dry_run=dry_run, force=force, note=note, as_json=as_json)
    running.publish(course, destination, options)
