"""Builds of new courses with the starter files of one plugin."""

from __future__ import annotations

from pathlib import Path

from clm.authoring.new_course import SPEC_NAME, NewCourse, course_files, prog_langs_of, write_files
from clm.authoring.starting import all_starters
from clm.builder import BuildListener, BuildOptions, BuildReport, build_course
from clm.plugins import PluginRegistry


def build_beginning(folder: Path, plugin: str) -> BuildReport | None:
    """Build a course of the plugin's starter files in this process; `folder` is created.

    Return None if the plugin has no starters. The environment selects the plugins that are loaded.
    """
    starters = [s for s in all_starters(PluginRegistry.load()) if s.plugin.name == plugin]
    if not starters:
        return None
    prog_lang = next(iter(prog_langs_of(starters)), "python")
    course = NewCourse({"de": "Kurs", "en": "Course"}, prog_lang)
    write_files(folder, course_files(course, starters).files)
    return build_course(BuildOptions(folder / SPEC_NAME, jobs=1, backend="inline"), BuildListener())
