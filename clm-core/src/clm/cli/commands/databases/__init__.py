"""Commands for the database files and the cached results in them."""
