"""Builds of a course: planning its jobs, running the necessary ones, writing the outputs."""

from clm.builder.building import build_course
from clm.builder.options import BuildOptions
from clm.builder.report import BuildListener, BuildReport, JobReport, Outcome

__all__ = ["BuildListener", "BuildOptions", "BuildReport", "JobReport", "Outcome", "build_course"]
