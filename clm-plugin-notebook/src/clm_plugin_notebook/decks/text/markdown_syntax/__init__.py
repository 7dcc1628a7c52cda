"""Rules of the Markdown parser beyond CommonMark."""
