"""Commands: one module each, imported when it is run."""
