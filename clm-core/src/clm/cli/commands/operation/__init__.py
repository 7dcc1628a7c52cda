"""Commands for operators: workers, jobs, and the status of both."""
