"""Backends: where the operations of a build are carried out."""
