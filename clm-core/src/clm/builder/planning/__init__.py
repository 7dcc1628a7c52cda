"""Planning of builds: a course becomes a `BuildPlan`; no file is written."""
