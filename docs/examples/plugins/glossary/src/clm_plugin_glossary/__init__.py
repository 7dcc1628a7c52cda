"""A glossary of each section of a course."""
