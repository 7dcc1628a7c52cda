"""Worker processes, and the pools that start, monitor and stop them."""
