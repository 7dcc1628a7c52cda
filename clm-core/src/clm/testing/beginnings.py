"""A course that begins with what one plugin offers to start from."""

from __future__ import annotations

from pathlib import Path

from clm.authoring.new_course import SPEC_NAME, NewCourse, course_files, prog_langs_of, write_files
from clm.authoring.starting import all_starters
from clm.builder import BuildListener, BuildOptions, BuildReport, build_course
from clm.plugins import PluginRegistry


def build_beginning(folder: Path, plugin: str) -> BuildReport | None:
    """Build in this process, in a new folder, a course with the files of the plugin's starters.

    None if it has no starter. The plugins are those that the environment says.
    """
    starters = [s for s in all_starters(PluginRegistry.load()) if s.plugin.name == plugin]
    if not starters:
        return None
    prog_lang = next(iter(prog_langs_of(starters)), "python")
    course = NewCourse({"de": "Kurs", "en": "Course"}, prog_lang)
    write_files(folder, course_files(course, starters).files)
    return build_course(BuildOptions(folder / SPEC_NAME, jobs=1, backend="inline"), BuildListener())
