"""Front page and search for the outputs of a course."""
