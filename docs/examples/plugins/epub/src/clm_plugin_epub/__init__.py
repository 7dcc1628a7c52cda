"""A course as a book."""
