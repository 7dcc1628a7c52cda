"""What builds leave to look at: outputs, failures, and the record of the last build."""
