"""Validation of a course without building it, also in several processes."""
