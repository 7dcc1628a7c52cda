"""Shared results cache: results of jobs in a store that several machines use."""
