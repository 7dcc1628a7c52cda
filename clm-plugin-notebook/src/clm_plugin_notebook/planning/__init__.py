"""Planning of notebook jobs."""
