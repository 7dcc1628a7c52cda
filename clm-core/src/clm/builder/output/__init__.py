"""Output folders, and the record of the files that CLM wrote there."""
