"""Pages in the style of a house."""
