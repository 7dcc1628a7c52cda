"""Graphviz diagrams for courses."""
