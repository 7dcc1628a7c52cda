"""When the parts of a course are released."""
