"""The Markdown text of decks: its syntax, headings, titles and links."""
