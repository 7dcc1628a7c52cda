"""HTML of cells and results: from Markdown, code and outputs, cleaned and searched."""
