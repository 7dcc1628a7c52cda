"""SQLite files: opening, reading, recovery, and who uses them."""
