"""What starts, watches and stops worker processes."""
