"""Copies of the files of dir-groups, without those that students must not see."""

from __future__ import annotations

from pathlib import PurePosixPath

from clm.builder.plan import Copy
from clm.builder.planning.copies.checks import private_files
from clm.builder.planning.copies.private_content import PrivateContent
from clm.builder.planning.topics.topic_plan import Planning
from clm.errors import Diagnostic, SpecError
from clm.jobs.request import FileInput


def dir_group_copies(
    planning: Planning, problems: list[Diagnostic], private_content: list[str]
) -> list[Copy]:
    """The copies.

    Adds what is wrong, and what is not copied because of its name, to `problems`; files with
    content that students must not see are added to `private_content`.
    """
    copies: list[Copy] = []
    private: list[str] = []
    content = PrivateContent(planning.job_types, planning.digest, problems)
    for item in planning.course.dir_group_files():
        if _is_private(PurePosixPath(item.file.course_path), planning):
            private.append(item.file.course_path)
            continue
        if content.is_in(item.file):
            private_content.append(item.file.course_path)
            continue
        try:
            digest = planning.digest(item.file)
        except SpecError as error:
            problems += error.diagnostics
            continue
        file = FileInput(str(item.file.topic_path), item.file.path, digest)
        copies.append(Copy(file, tuple(map(str, item.destinations))))
    problems += private_files(private)
    return copies


def _is_private(path: PurePosixPath, planning: Planning) -> bool:
    # Elsewhere the names of folders have other meanings.
    folders = set(path.parts[:-1]) if path.parts[0] == "slides" else set()
    return any(
        job_type.keeps_private(path) or not folders.isdisjoint(job_type.private_folders)
        for job_type in planning.job_types
    )
