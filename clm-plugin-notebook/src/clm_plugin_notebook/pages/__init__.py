"""Pages, slides and PDF files."""
