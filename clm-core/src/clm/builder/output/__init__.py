"""Output folders, and the record of what CLM has written there."""
