"""Planning: from a course to a `BuildPlan`; writes nothing."""
