"""Reading of decks: formats, cells, templates, titles and links."""
