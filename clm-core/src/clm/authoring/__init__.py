"""Beginning courses and topics: new files from plugins' starters, and small edits of specs."""
