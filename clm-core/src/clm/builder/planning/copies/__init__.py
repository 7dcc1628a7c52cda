"""Files that are copied to outputs: which ones, to whom, and what is kept private."""
