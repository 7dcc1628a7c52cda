"""Job queue, with the builds, workers and pools that use it."""
