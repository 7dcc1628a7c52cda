"""A backend that runs jobs in threads."""
