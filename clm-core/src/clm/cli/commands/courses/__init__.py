"""Commands that build a course, check it, or show what is in it."""
