"""draw.io diagrams to pictures."""
