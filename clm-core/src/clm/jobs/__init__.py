"""Jobs: pure functions from a payload and inputs to outputs, and how a plugin declares them."""
