"""Kernels, and the execution of cells in them."""
