"""The commands `clm publish` and `clm schedule`; what they do is imported when it is used."""

from __future__ import annotations

import click

from clm.commands import OpenCourse, course_options, echo, json_option, show_table, write_json


class _WithDestination(click.Command):
    """A command whose only argument may be a spec or the name of a destination."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take a file for the spec, also without a destination before it."""
        given, _, _ = self.make_parser(ctx).parse_args(list(args))
        name, spec = given.get("destination"), given.get("spec")
        if isinstance(name, str) and not isinstance(spec, str) and _is_file(name):
            args.remove(name)
            args += ["", name]
        return super().parse_args(ctx, args)


def _is_file(name: str) -> bool:
    return name.endswith((".yaml", ".yml", ".xml")) or any(mark in name for mark in "/\\.")


@click.command("publish", cls=_WithDestination)
@click.argument("destination", required=False, default="")
@course_options("publish")
@click.option("--dry-run", is_flag=True, help="Show what would change, and publish nothing.")
@click.option(
    "--as-of", default="", metavar="DATE", help="Show what would be published on this day."
)
@click.option("--due", is_flag=True, help="Publish only if something was released since.")
@click.option("--force", is_flag=True, help="Replace what others have put or changed there.")
@click.option("--note", default="", metavar="TEXT", help="Write a note to the ledger.")
@click.option(
    "--correct", multiple=True, metavar="TOPIC", help="Release a topic or section anew to a cohort."
)
@json_option
def publish(
    destination: str,
    course: OpenCourse,
    dry_run: bool,
    as_of: str,
    due: bool,
    force: bool,
    note: str,
    correct: tuple[str, ...],
    as_json: bool,
) -> None:
    """Build a course and publish it.

    DESTINATION is one of `plugins.publish.destinations` in the spec, or a cohort for all of its
    destinations; by default all. SPEC is the course spec, by default the one in the current folder.
    """
    from clm_plugin_publish import running  # to list commands, it is not needed

    options = running.Options(
        dry_run=dry_run,
        force=force,
        note=note,
        as_json=as_json,
        due=due,
        as_of=as_of,
        correct=correct,
    )
    running.publish(course, destination, options)


@click.command("schedule")
@course_options("publish")
@json_option
@click.option("--ical", is_flag=True, help="Print an iCalendar.")
@click.option(
    "--to", default="", metavar="NAME", help="List the dates of a destination or a cohort."
)
def schedule(course: OpenCourse, as_json: bool, ical: bool, to: str) -> None:
    """List when the parts of a course are released.

    The dates are those of `release` at sections and topics in the spec, or those of a destination
    or a cohort.
    """
    from clm_plugin_publish.dates import now_in
    from clm_plugin_publish.running import schedule_for
    from clm_plugin_publish.schedule import calendars  # likewise

    found, now = schedule_for(course, to), now_in(course.settings.time_zone)
    if as_json:
        write_json(releases=calendars.as_data(found, now))
    elif ical:
        name = next(iter(course.info.name.values()))
        click.echo(calendars.calendar(found, name, to).encode(), nl=False)
    elif not found.releases:
        echo("no part of the course has a date: everything is published")
    else:
        show_table(("when", "section", "topic", "what", ""), calendars.rows(found, now))
