"""Notebooks as Markdown."""
