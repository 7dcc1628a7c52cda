"""The workers of a machine: they take jobs from the broker and run them in engines."""
