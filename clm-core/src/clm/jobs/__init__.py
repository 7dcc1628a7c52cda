"""Jobs: pure functions from a payload and inputs to outputs, and their declaration."""
