"""Backends: execution of the operations of a build."""
