"""Cohorts: what they are given, and how that stays as it is."""
