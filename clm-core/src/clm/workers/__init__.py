"""Worker processes: what runs in one, and who starts, watches and stops them."""
