"""Tables of data files."""
