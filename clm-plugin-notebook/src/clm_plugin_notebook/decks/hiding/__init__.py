"""What keeps cells from students, and what may be meant to."""
