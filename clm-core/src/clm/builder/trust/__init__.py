"""Code that a course brings along, and refusal of what a course from strangers may not do."""
