"""Building a course: planning its jobs, doing those that are needed, writing the outputs."""

from clm.build.course_build import build_course
from clm.build.options import BuildOptions
from clm.build.report import BuildListener, BuildReport, JobReport, Outcome

__all__ = ["BuildListener", "BuildOptions", "BuildReport", "JobReport", "Outcome", "build_course"]
