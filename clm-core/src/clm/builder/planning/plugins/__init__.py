"""Plugins in planning: their settings, guarded calls, and checks of what they return."""
