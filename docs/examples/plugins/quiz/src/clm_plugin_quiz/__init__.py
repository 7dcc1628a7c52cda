"""Quiz banks of the sections of a course."""
