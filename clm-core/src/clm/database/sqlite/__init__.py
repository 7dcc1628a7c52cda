"""SQLite files: opening, reading, recovery, and presence of other processes."""
