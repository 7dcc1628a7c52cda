"""Plugin for draw.io diagrams."""
