"""Checks of finished pages and of the results on them."""
