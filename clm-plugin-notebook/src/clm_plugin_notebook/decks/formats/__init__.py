"""The source formats of decks: scripts, Markdown, MyST, R Markdown, Jupyter notebooks."""
