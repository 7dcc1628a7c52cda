"""Decks: source formats, cells, templates, titles and links."""
