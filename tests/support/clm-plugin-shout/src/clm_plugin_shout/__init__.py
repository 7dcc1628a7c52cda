"""Test plugin whose job types upper-case texts and fail on demand, as the texts order."""
