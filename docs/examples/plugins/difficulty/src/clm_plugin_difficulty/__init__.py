"""Badges for the difficulty of exercises."""
