"""Links between the outputs of a course."""
