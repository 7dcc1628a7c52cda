"""Pages and slides: HTML and PDF."""
