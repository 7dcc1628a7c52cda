"""Small course that uses all features of a build, for tests of whole builds."""

from __future__ import annotations

from course_folder import CourseFolder

BACKENDS = ("sqlite", "inline")


def full(course: CourseFolder) -> CourseFolder:
    course.add("intro/one.shout", "hello\n!needs made.made\n")
    course.add("intro/made.gen", "generated\n")
    course.add("intro/data.csv", b"1,2\r\n")
    course.add("loops/two.shout", "grüße\n!warn careful\n")
    return course
