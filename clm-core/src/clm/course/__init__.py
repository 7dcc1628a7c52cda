"""The course: its spec (YAML or XML), the files on disk, and the paths of its outputs."""
