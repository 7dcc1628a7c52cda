"""Names and paths in a course, the same on every platform."""
