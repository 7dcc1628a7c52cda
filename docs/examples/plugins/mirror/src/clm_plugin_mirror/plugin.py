"""Hooks: the command `clm mirror`, and publishing after builds."""

import click
from attrs import field, frozen
from clm import hookimpl
from clm.builds import FinishedBuild

from clm_plugin_mirror.copying import publish

clm_api_version = 1


@frozen
class MirrorSettings:
    folder: str = field(
        default="", metadata={"help": "the folder to publish to, relative to that with `slides`"}
    )
    after_build: bool = field(default=False, metadata={"help": "publish after each good build"})


@hookimpl
def clm_settings() -> type:
    return MirrorSettings


@hookimpl
def clm_build_finished(build: FinishedBuild, settings: MirrorSettings) -> None:
    if settings.after_build and build.ok:
        publish(build, settings.folder)


@hookimpl
def clm_commands(cli: click.Group) -> None:
    from clm.commands import OpenCourse, answer, course_options, json_option

    @cli.command("mirror")
    @course_options("mirror")
    @json_option
    def command(course: OpenCourse, as_json: bool) -> None:
        """Publish the outputs for students."""
        paths = publish(course.finished_build(), course.settings.folder)
        answer(f"{len(paths)} file(s) changed", as_json=as_json, changed=paths)
