"""Preview of a course in the browser: its outputs, kept up to date by a watch."""
