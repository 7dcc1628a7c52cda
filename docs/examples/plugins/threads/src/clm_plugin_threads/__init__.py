"""A backend that does jobs in threads."""
